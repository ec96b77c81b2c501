import { expect, test } from 'bun:test'
import { sampleValue } from '../../../test/fixtures/telemetry.ts'
import { aCheckLoop, familiesOf } from '../../../test/support/check-loop.ts'
import { createFakeClock } from '../../../test/support/fake-clock.ts'
import { createFakeRunner, EXITED_0, EXITED_1 } from '../../../test/support/fake-runner.ts'
import { aConfig, aMonitor, collectLog } from '../../../test/support/samples.ts'
import { MINUTE, SECOND } from '../../../test/support/time.ts'
import type { PlaceRun, Places } from '../../core/model/cluster.ts'
import type { RunOn } from '../../core/model/cluster-config.ts'
import type { Config } from '../../core/model/config.ts'
import type { Ending, Monitor } from '../../core/model/types.ts'
import { createMemoryStore } from '../../store/memory-store.ts'

const nas = { kind: 'node', node: 'nas' } as const
const home = { kind: 'node', node: 'home' } as const
const vps = { kind: 'node', node: 'vps' } as const
const NOBODY: Ending = { kind: 'void', reason: 'nobody is watching: no node `nas` is there', isExhausted: false }
const EXHAUSTED: Ending = { kind: 'void', reason: 'no more processes', isExhausted: true }

/** `home` is this machine. What each place says, which takes a second. */
function start(
  runOn: RunOn,
  endings: Readonly<Record<string, Ending>>,
  changes: Partial<Config> = {},
  monitor: Partial<Monitor> = {},
) {
  const clock = createFakeClock(Date.UTC(2026, 0, 1))
  const runner = createFakeRunner(clock, ({ env }) => {
    return { takesMs: 10, ending: env.MINITOR_MONITOR_NAME === 'guard' ? EXITED_1 : EXITED_0 }
  })
  const asked: Parameters<Places['run']>[] = []
  const looked: string[] = []
  const places: Places = {
    async run(run, about) {
      asked.push([run, about])
      const isAway = runOn.places.every((place) => place !== home)
      if (isAway) about.onSent()
      await new Promise<void>((resolve) => clock.setTimer(SECOND, resolve))
      about.onSent()
      const runs = runOn.places.map((place): PlaceRun => {
        const name = place.kind === 'node' ? place.node : place.tag
        const ending = endings[name] ?? EXITED_0
        const isHere = place === home
        return {
          place: `node:${name}`,
          node: ending === NOBODY ? null : name,
          isHere,
          run: { ending, output: `${name} says\n`, durationMs: 1000, escapeeCount: 0, isUnkillable: false },
        }
      })
      return runs as unknown as readonly [PlaceRun, ...PlaceRun[]]
    },
  }
  const log = collectLog()
  const lookAt = (node: string) => {
    looked.push(node)
    return { ending: EXITED_1, output: 'lost\n', durationMs: 0, escapeeCount: 0, isUnkillable: false }
  }
  const loop = aCheckLoop({ clock, runner, log, store: createMemoryStore(), leading: { places, lookAt } })
  loop.apply({
    ...aConfig([aMonitor({ schedule: { kind: 'interval', intervalMs: 10 * SECOND }, runOn, ...monitor })]),
    ...changes,
  })
  return { clock, runner, loop, log, asked, looked, last: () => loop.look('web')?.lastCheck }
}

test('a monitor with one place is run there, with its timeout, and for an interval at most', async () => {
  const { clock, runner, asked, last } = start({ places: [nas], quorum: 1 }, { nas: EXITED_1 })
  await clock.advance(5 * SECOND)
  expect(runner.started).toEqual([])
  expect(asked).toHaveLength(1)
  expect(asked[0]?.[1]).toMatchObject({ monitor: 'web', goodForMs: 10 * SECOND })
  expect(last()).toMatchObject({
    outcome: 'failed',
    exitCode: 1,
    reason: 'exit code 1',
    output: 'nas says\n',
    places: [{ place: 'node:nas', node: 'nas', outcome: 'failed', summary: 'nas says' }],
  })
})

test('a monitor of an hour waits in no queue for an hour', async () => {
  const schedule = { kind: 'interval', intervalMs: 60 * MINUTE } as const
  const { clock, asked } = start({ places: [nas], quorum: 1 }, {}, {}, { schedule })
  await clock.advance(SECOND)
  expect(asked[0]?.[1].goodForMs).toBe(5 * MINUTE)
})

test('several places make one check', async () => {
  const { clock, loop, last } = start({ places: [home, nas, vps], quorum: 2 }, { nas: EXITED_1 })
  await clock.advance(5 * SECOND)
  expect(last()).toMatchObject({ outcome: 'passed', reason: 'fails in nas, passes in home and vps' })
  expect(loop.look('web')?.state.status).toBe('up')
})

test('where nobody is watching, the check counts for nothing, and Minitor is as healthy as before', async () => {
  const { clock, loop, last } = start({ places: [nas], quorum: 1 }, { nas: NOBODY })
  await clock.advance(5 * SECOND)
  expect(last()).toMatchObject({ outcome: 'void', reason: 'nobody is watching: no node `nas` is there' })
  expect(loop.look('web')?.state.status).toBe('pending')
  expect(loop.troubles()).toEqual([])
})

test('while others run them, checks take no slot', async () => {
  const runOn = { places: [nas], quorum: 1 } as const
  const monitors = ['a', 'b', 'c'].map((name) => aMonitor({ name, runOn }))
  const { clock, loop, asked } = start(runOn, {}, { monitors, maxConcurrentChecks: 1 })
  await clock.advance(700)
  expect(asked.map(([, { monitor }]) => monitor)).toEqual(['a', 'b', 'c'])
  expect(sampleValue(familiesOf(loop), 'minitor_checks_running')).toBe(0)
})

test.each([
  { name: 'does not doubt what others say', endings: { nas: EXITED_1, vps: EXITED_1 }, outcome: 'failed' },
  { name: 'doubts what this machine says', endings: { home: EXITED_1, vps: EXITED_1 }, outcome: 'passed' },
  { name: 'explains no pass', endings: {}, outcome: 'passed' },
])('a guard that fails $name', async ({ endings, outcome }) => {
  const guard = { command: ['false'], intervalMs: MINUTE, timeoutMs: SECOND } as const
  const { clock, last } = start({ places: [home, nas, vps], quorum: 2 }, endings, { guard })
  await clock.advance(5 * SECOND)
  expect(last()?.outcome).toBe(outcome as never)
})

test('this machine alone doubts by its guard as ever', async () => {
  const guard = { command: ['false'], intervalMs: MINUTE, timeoutMs: SECOND } as const
  const { clock, last } = start({ places: [home], quorum: 1 }, { home: EXITED_1 }, { guard })
  await clock.advance(5 * SECOND)
  expect(last()).toMatchObject({ outcome: 'void', reason: expect.stringContaining('the guard fails') })
})

test('without resources here, a check of this place alone is made again, and one of several goes on without it', async () => {
  const alone = start({ places: [home], quorum: 1 }, { home: EXHAUSTED })
  await alone.clock.advance(5 * SECOND)
  expect(alone.asked.length).toBeGreaterThan(1)
  expect(alone.last()).toBeNull()
  const several = start({ places: [home, nas, vps], quorum: 2 }, { home: EXHAUSTED, nas: EXITED_1, vps: EXITED_1 })
  await several.clock.advance(5 * SECOND)
  expect(several.asked).toHaveLength(1)
  expect(several.last()).toMatchObject({ outcome: 'failed', reason: 'fails in nas and vps, no answer from home' })
})

test('secrets are masked in what places say', async () => {
  const { clock, last } = start({ places: [nas, vps], quorum: 1 }, { nas: EXITED_1 }, { secrets: ['nas says'] })
  await clock.advance(5 * SECOND)
  expect(JSON.stringify(last())).not.toContain('nas says')
})

test("a node's own monitor looks, and runs nothing", async () => {
  const monitors = [aMonitor({ name: 'node nas', node: 'nas' })]
  const { clock, runner, looked, loop } = start({ places: [nas], quorum: 1 }, {}, { monitors })
  await clock.advance(5 * SECOND)
  expect(looked).toEqual(['nas'])
  expect(runner.started).toEqual([])
  expect(loop.look('node nas')?.lastCheck).toMatchObject({ outcome: 'failed', output: 'lost\n' })
})
