import { expect, setDefaultTimeout, test } from 'bun:test'
import { existsSync, readFileSync } from 'node:fs'
import { createDispatch, type Dispatch } from '../../src/cluster/work/dispatch.ts'
import type { PlaceRun } from '../../src/core/model/cluster.ts'
import type { Place } from '../../src/core/model/cluster-config.ts'
import type { Command } from '../../src/core/model/types.ts'
import { systemClock } from '../../src/engine/system-clock.ts'
import { requireDebianPackage } from '../support/debian.ts'
import { openTestEngine } from '../support/engine.ts'
import { eventually } from '../support/eventually.ts'
import { EXECUTABLE } from '../support/executable.ts'
import { freeze } from '../support/freeze.ts'
import { hasNats, type Nats, startNats } from '../support/nats.ts'
import { EVENT_LIMIT_MS, limitMs, TEST_LIMIT_MS } from '../support/pace.ts'
import { collectLog } from '../support/samples.ts'
import { type Life, openSite, type Site } from '../support/site.ts'

setDefaultTimeout(TEST_LIMIT_MS)

const FAKETIME = '/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1'
const hasFaketime = requireDebianPackage('libfaketime', FAKETIME)

const lan: Place = { kind: 'tag', tag: 'lan' }
const node = (name: string): Place => ({ kind: 'node', node: name })

interface Asking {
  readonly places: readonly [Place, ...Place[]]
  readonly timeoutMs?: number
  readonly goodForMs?: number
  readonly env?: Readonly<Record<string, string>>
}

/** A server that leads, as far as work is concerned, and agents that are real. */
async function openStage(nats: Nats) {
  const site = openSite()
  const engine = await openTestEngine(nats, { node: 'home' })
  const runner = { run: async () => Promise.reject(new Error('nothing runs here')), close: async () => {} }
  let nodes = await engine.presence.nodes().catch(() => [])
  const dispatch = createDispatch({
    clock: systemClock,
    runner,
    own: { node: 'home', tags: [] },
    sender: engine.sender,
    epoch: 1,
    nodes: () => nodes,
    log: collectLog(),
  })
  let count = 0
  return {
    site,
    engine,
    dispatch,
    ask(command: Command, { places, timeoutMs = limitMs(10_000), goodForMs = EVENT_LIMIT_MS, env = {} }: Asking) {
      const run = { command, env, workingDirectory: null, timeoutMs, runId: `a-b-${++count}`, input: null }
      return dispatch.run(run, {
        monitor: 'web',
        runOn: { places, quorum: 1 },
        goodForMs,
        isDecided: () => false,
        onSent: () => {},
      })
    },
    agent(args: readonly string[], env: Readonly<Record<string, string>> = {}): Life {
      return startAgent(site, nats, args, env)
    },
    async isThere(name: string): Promise<void> {
      await eventually(`${name} is there`, async () => {
        nodes = await engine.presence.nodes().catch(() => [])
        return nodes.some((one) => one.name === name && one.isThere)
      })
    },
    nodes: () => engine.presence.nodes(),
    async [Symbol.asyncDispose]() {
      dispatch.close()
      await site[Symbol.asyncDispose]()
      await engine.close()
    },
  }
}

function startAgent(
  site: Site,
  { urls }: Pick<Nats, 'urls'>,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Life {
  return site.start({
    args: ['agent', '--cluster', urls.join(','), '--name', 'test', '--log-level', 'debug', ...args],
    env,
  })
}

function answers(dispatch: Dispatch): Readonly<Record<string, number>> {
  const family = dispatch.families().find(({ name }) => name === 'minitor_work_answers_total')
  return Object.fromEntries([...(family?.samples() ?? [])].map(({ labels, value }) => [labels.answer, value]))
}

const endingOf = ([{ run }]: readonly [PlaceRun, ...PlaceRun[]]) => run.ending

test.skipIf(!hasNats)('an agent runs what is for it as a server would', async () => {
  await using nats = await startNats()
  await using stage = await openStage(nats)
  stage.agent(['--node', 'nas', '--tag', 'lan'])
  await stage.isThere('nas')
  const [byName] = await stage.ask(['sh', '-c', 'echo here: $0 $A; exit 3'], { places: [node('nas')], env: { A: 'b' } })
  expect(byName).toMatchObject({
    node: 'nas',
    isHere: false,
    run: { ending: { kind: 'exited', exitCode: 3 }, output: 'here: sh b\n' },
  })
  const [byTag] = await stage.ask(['true'], { places: [lan] })
  expect(byTag).toMatchObject({ place: 'tag:lan', node: 'nas', run: { ending: { exitCode: 0 } } })
  const timedOut = await stage.ask(['sh', '-c', 'sleep 60 & sleep 60'], { places: [node('nas')], timeoutMs: 300 })
  expect(endingOf(timedOut)).toEqual({ kind: 'timed_out', timeoutMs: 300 })
  const missing = await stage.ask(['/no/such/program'], { places: [node('nas')] })
  expect(endingOf(missing)).toMatchObject({ kind: 'not_started' })
  expect(endingOf(await stage.ask(['true'], { places: [node('other')] }))).toEqual({
    kind: 'void',
    reason: 'nobody is watching: no node `other` is there',
    isExhausted: false,
  })
})

test.skipIf(!hasNats)('the load of a tag is shared, and an agent runs no more at once than it has slots', async () => {
  await using nats = await startNats()
  await using stage = await openStage(nats)
  stage.agent(['--node', 'a', '--tag', 'lan', '--slots', '2'])
  stage.agent(['--node', 'b', '--tag', 'lan', '--slots', '2'])
  await Promise.all([stage.isThere('a'), stage.isThere('b')])
  const file = stage.site.path('running')
  const script = `echo + >> ${file}; sleep 0.2; echo - >> ${file}`
  const ask = () => stage.ask(['sh', '-c', script], { places: [lan] })
  const nodes = new Set<string | null>()
  await eventually('both run some', async () => {
    const runs = await Promise.all(Array.from({ length: 8 }, ask))
    for (const [{ node }] of runs) nodes.add(node)
    return nodes.size === 2
  })
  let running = 0
  const most = Math.max(...stage.site.linesOf('running').map((line) => (running += line === '+' ? 1 : -1)))
  expect(most).toBeLessThanOrEqual(4)
})

test.skipIf(!hasNats)('I4: a worker is killed in mid-check, and another one of the tag runs it', async () => {
  await using nats = await startNats()
  await using stage = await openStage(nats)
  const agents = new Map([
    ['a', stage.agent(['--node', 'a', '--tag', 'lan'])],
    ['b', stage.agent(['--node', 'b', '--tag', 'lan'])],
  ])
  await Promise.all([stage.isThere('a'), stage.isThere('b')])
  // Whoever has it first never ends.
  const script = `mkdir ${stage.site.path('first')} 2>&- || exec echo done; sleep 600`
  const runs = stage.ask(['sh', '-c', script], { places: [lan], timeoutMs: EVENT_LIMIT_MS })
  await eventually('it runs', () => existsSync(stage.site.path('first')))
  const busy = await eventually('somebody runs it', async () =>
    (await stage.nodes()).find(({ running }) => running > 0),
  )
  await agents.get(busy.name)?.kill()
  expect(await runs).toMatchObject([{ node: busy.name === 'a' ? 'b' : 'a', run: { output: 'done\n' } }])
  // What the killed one had left running is ended by its next start.
  const sleepers = stage.site.descendants().length
  expect(sleepers).toBeGreaterThan(0)
  await stage
    .agent(['--node', busy.name, '--tag', 'lan'])
    .line(({ msg }) => /of the last agent still ran and were ended/.test(msg))
  await eventually('it is ended', () => !stage.site.descendants().some(isSleeping))
})

function isSleeping(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1').startsWith('sleep\x300')
  } catch {
    return false
  }
}

test.skipIf(!hasNats)(
  'I5: a worker is frozen and goes on when another one has answered: its result is dropped',
  async () => {
    await using nats = await startNats()
    await using stage = await openStage(nats)
    const agents = new Map([
      ['a', stage.agent(['--node', 'a', '--tag', 'lan'])],
      ['b', stage.agent(['--node', 'b', '--tag', 'lan'])],
    ])
    await Promise.all([stage.isThere('a'), stage.isThere('b')])
    const script = `mkdir ${stage.site.path('first')} 2>&- || exec echo second; until [ -e ${stage.site.path('go')} ]; do sleep 0.1; done; echo first`
    const runs = stage.ask(['sh', '-c', script], { places: [lan], timeoutMs: EVENT_LIMIT_MS })
    const busy = await eventually('somebody runs it', async () =>
      (await stage.nodes()).find(({ running }) => running > 0),
    )
    freeze(agents.get(busy.name)?.pid)
    expect(await runs).toMatchObject([{ run: { output: 'second\n' } }])
    stage.site.write('go', '')
    agents.get(busy.name)?.signal('SIGCONT')
    await eventually('the late result is counted', () => (answers(stage.dispatch).duplicate ?? 0) > 0)
    expect(answers(stage.dispatch)).toMatchObject({ taken: 1, none: 0, late: 0 })
  },
)

test.skipIf(!hasNats || !hasFaketime).each(['+5m', '-5m'])(
  'I8: the clock of a node is %s off, and nothing is too old for it',
  async (offset) => {
    await using nats = await startNats()
    await using stage = await openStage(nats)
    stage.agent(['--node', 'nas'], { LD_PRELOAD: FAKETIME, FAKETIME: offset, FAKETIME_DONT_FAKE_MONOTONIC: '1' })
    await stage.isThere('nas')
    const [card] = await stage.nodes()
    expect(Math.abs((card?.startedAtMs ?? 0) - Date.now())).toBeGreaterThan(4 * 60_000)
    const runs = await stage.ask(['echo', 'fine'], { places: [node('nas')], goodForMs: limitMs(20_000) })
    expect(runs).toMatchObject([{ node: 'nas', run: { ending: { exitCode: 0 }, output: 'fine\n' } }])
  },
)

test.skipIf(!hasNats)('what is too old is not run', async () => {
  await using nats = await startNats()
  await using stage = await openStage(nats)
  const early = stage.agent(['--node', 'nas', '--tag', 'lan'])
  await stage.isThere('nas')
  await early.kill()
  const file = stage.site.path('ran')
  const runs = stage.ask(['touch', file], { places: [node('nas')], goodForMs: 100, timeoutMs: 100 })
  const oldMs = performance.now() + 200
  await eventually('it is too old', () => performance.now() > oldMs)
  stage.agent(['--node', 'nas', '--tag', 'lan'])
  expect(endingOf(await runs)).toMatchObject({ kind: 'void', reason: expect.stringContaining('came too late') })
  await stage.isThere('nas')
  await stage.ask(['true'], { places: [node('nas')] })
  expect(existsSync(file)).toBe(false)
})

test.skipIf(!hasNats)('an agent refuses what it was not told to allow', async () => {
  await using nats = await startNats()
  await using stage = await openStage(nats)
  stage.agent(['--node', 'nas', '--allow', '/bin/ech*', '--allow', 'true'])
  await stage.isThere('nas')
  const places = [node('nas')] as const
  expect(endingOf(await stage.ask(['/bin/echo', 'x'], { places }))).toMatchObject({ exitCode: 0 })
  expect(endingOf(await stage.ask(['true'], { places, env: { MINITOR_MONITOR_NAME: 'web' } }))).toMatchObject({
    exitCode: 0,
  })
  expect(endingOf(await stage.ask(['sh', '-c', 'echo x'], { places }))).toEqual({
    kind: 'not_started',
    reason: 'agent nas does not allow sh',
  })
  expect(endingOf(await stage.ask(['true'], { places, env: { LD_PRELOAD: '/tmp/x.so' } }))).toEqual({
    kind: 'not_started',
    reason: 'agent nas does not allow a monitor to set variables (LD_PRELOAD)',
  })
})

test.skipIf(!hasNats)(
  'an agent starts before NATS does, goes on when that is killed, and leaves when it is told to',
  async () => {
    await using nats = await startNats()
    const [server] = nats.servers
    await using stage = await openStage(nats)
    await server.kill()
    const agent = stage.agent(['--node', 'nas'])
    await agent.line(({ msg }) => /nothing is run here for now/.test(msg))
    await server.restart()
    await stage.isThere('nas')
    expect(endingOf(await stage.ask(['true'], { places: [node('nas')] }))).toMatchObject({ exitCode: 0 })
    await server.kill()
    await agent.line(({ msg }) => /nothing is run here for now/.test(msg))
    await server.restart()
    const again = await eventually('it runs again', async () => {
      const [answer] = await stage.ask(['true'], { places: [node('nas')], goodForMs: 2000 })
      return answer.node === 'nas' && answer
    })
    expect(again.run.ending).toMatchObject({ exitCode: 0 })
    const runs = stage.ask(['sh', '-c', `touch ${stage.site.path('runs')}; sleep 1; echo ended`], {
      places: [node('nas')],
    })
    await eventually('it runs', () => existsSync(stage.site.path('runs')))
    agent.signal('SIGTERM')
    expect(await runs).toMatchObject([{ node: 'nas', run: { output: 'ended\n' } }])
    expect(await agent.exitCode()).toBe(0)
    expect((await stage.nodes()).map(({ name }) => name)).not.toContain('nas')
  },
)

test.skipIf(!hasNats)('no command gets the login, and the process list has none', async () => {
  await using nats = await startNats({ config: 'authorization { token: swordfish }' })
  await using site = openSite()
  const url = nats.urls[0].replace('://', '://swordfish@')
  const engine = await openTestEngine(nats, { node: 'home', access: { login: { kind: 'token', token: 'swordfish' } } })
  const agent = site.start({
    args: ['agent', '--name', 'test', '--node', 'nas', '--log-level', 'debug'],
    env: { MINITOR_CLUSTER: url },
  })
  await eventually('it is there', async () => (await engine.presence.nodes()).some(({ name }) => name === 'nas'))
  expect(readFileSync(`/proc/${agent.pid}/cmdline`, 'latin1')).not.toContain('swordfish')
  const runner = { run: async () => Promise.reject(new Error('nothing runs here')), close: async () => {} }
  const own = { node: 'home', tags: [] }
  const dispatch = createDispatch({
    clock: systemClock,
    runner,
    own,
    sender: engine.sender,
    epoch: 1,
    nodes: () => [],
    log: collectLog(),
  })
  const [{ run }] = await dispatch.run(
    { command: ['env'], env: {}, workingDirectory: null, timeoutMs: limitMs(10_000), runId: 'a-b-c', input: null },
    {
      monitor: 'web',
      runOn: { places: [node('nas')], quorum: 1 },
      goodForMs: EVENT_LIMIT_MS,
      isDecided: () => false,
      onSent: () => {},
    },
  )
  expect(run.output).toContain('PATH=')
  expect(run.output).not.toContain('swordfish')
  expect(agent.rawLog() + agent.stderr()).not.toContain('swordfish')
  await engine.close()
})

test.each([
  { name: 'no address', args: [], says: /addresses of NATS servers are missing or wrong/ },
  {
    name: 'a wrong address',
    args: ['--cluster', 'https://swordfish@a'],
    says: /addresses of NATS servers are missing or wrong/,
  },
  {
    name: 'a login in the process list',
    args: ['--cluster', 'nats://u:swordfish@127.0.0.1'],
    says: /which everybody on this machine can read/,
  },
  {
    name: 'two logins',
    args: ['--cluster', 'a', '--credentials', 'x'],
    env: { MINITOR_CLUSTER_TOKEN: 'swordfish' },
    says: /several ways to log in/,
  },
  { name: 'a user without a password', args: ['--cluster', 'a', '--user', 'x'], says: /--user needs a password/ },
  { name: 'a file that is not there', args: ['--cluster', 'a', '--token-file', 'no'], says: /cannot read no/ },
  { name: 'a node without a name', args: ['--cluster', 'a', '--node', ''], says: /It must be letters/ },
  { name: 'a tag with a space', args: ['--cluster', 'a', '--tag', 'b c'], says: /It must be letters/ },
  {
    name: 'a way out of a directory',
    args: ['--cluster', 'a', '--allow', '/opt/../bin/sh'],
    says: /absolute path of programs/,
  },
  { name: 'a relative path', args: ['--cluster', 'a', '--allow', 'opt/x'], says: /absolute path of programs/ },
  { name: 'no slots', args: ['--cluster', 'a', '--slots', '0'], says: /a number from 1/ },
])('is refused: $name', async ({ args, env = {}, says }) => {
  const child = Bun.spawn([EXECUTABLE, 'agent', ...args], {
    env: { PATH: process.env.PATH ?? '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const [stderr, exitCode] = await Promise.all([child.stderr.text(), child.exited])
  expect(stderr).toMatch(says)
  expect(stderr).not.toContain('swordfish')
  expect(exitCode).toBe(2)
})

test.skipIf(!hasNats)('a login that NATS refuses ends it with a clear text', async () => {
  await using nats = await startNats({ config: 'authorization { token: right }' })
  await using site = openSite()
  const agent = startAgent(site, nats, ['--node', 'nas'], { MINITOR_CLUSTER_TOKEN: 'swordfish' })
  expect(await agent.exitCode()).toBe(2)
  expect(agent.stderr()).toMatch(/refuse/)
  expect(agent.rawLog() + agent.stderr()).not.toContain('swordfish')
})
