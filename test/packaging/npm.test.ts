import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test'
import { mkdirSync, mkdtempSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { packExecutable, packLauncher } from '../../packaging/npm-packages.ts'
import { targetNamed } from '../../packaging/targets.ts'
import { eventually } from '../support/eventually.ts'
import { EXECUTABLE } from '../support/executable.ts'
import { limitMs } from '../support/pace.ts'
import { startRegistry } from './registry.ts'

setDefaultTimeout(limitMs(300_000))

const directory = mkdtempSync(join(tmpdir(), 'minitor-npm-'))
afterAll(() => rmSync(directory, { recursive: true }))

const isX64 = process.arch === 'x64'
let registry: Awaited<ReturnType<typeof startRegistry>>

beforeAll(async () => {
  const output = join(directory, 'packages')
  mkdirSync(output)
  const target = targetNamed(isX64 ? 'linux-x64-baseline' : 'linux-arm64')
  registry = await startRegistry([
    await packLauncher(join(directory, 'launcher'), output),
    await packExecutable(target, EXECUTABLE, join(directory, 'executable'), output),
  ])
})
afterAll(() => registry[Symbol.asyncDispose]())

/** A place of a new user: nothing in it, and nothing at home. */
function aPlace(name: string) {
  const cwd = join(directory, name)
  mkdirSync(join(cwd, 'home'), { recursive: true })
  const env = {
    PATH: process.env.PATH,
    HOME: join(cwd, 'home'),
    npm_config_registry: registry.url,
    npm_config_update_notifier: 'false',
  }
  const start = (...command: string[]) =>
    Bun.spawn(command, { cwd, env, stdin: 'ignore', stdout: 'pipe', stderr: 'pipe' })
  return {
    path: (file: string) => join(cwd, file),
    start,
    async run(...command: string[]) {
      const child = start(...command)
      const [stdout, stderr, exitCode] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited])
      return { stdout, stderr, exitCode }
    },
  }
}

const CONFIG = 'monitors: [{name: one, command: "true", alert_down: [log]}]\ndatabase: ":memory:"\n'

test('npx minitor init, in an empty directory with an empty home', async () => {
  const place = aPlace('npx')
  const { exitCode, stderr } = await place.run('npx', '--yes', 'minitor', 'init')
  expect([stderr, exitCode]).toEqual(['', 0])
  expect(readFileSync(place.path('config.yml'), 'utf8')).toContain('check_interval: 30s')
})

test('installed by npm without scripts: it is the executable, with its signals, terminal and exit codes', async () => {
  const place = aPlace('installed')
  const install = await place.run('npm', 'install', '--ignore-scripts', '--no-audit', '--no-fund', 'minitor')
  expect([install.stderr, install.exitCode]).toEqual(['', 0])
  const minitor = place.path('node_modules/.bin/minitor')
  writeFileSync(place.path('config.yml'), CONFIG)

  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    const daemon = place.start(minitor, 'run')
    // The process that was started became the executable: nothing stands between.
    await eventually('it is the executable', () => readlinkSync(`/proc/${daemon.pid}/exe`).endsWith('/minitor'))
    await eventually('it catches signals', () => catches(daemon.pid, signal))
    daemon.kill(signal)
    expect([await daemon.exited, daemon.signalCode]).toEqual([0, null])
  }
  const killed = place.start(minitor, 'run')
  await eventually('it is the executable', () => readlinkSync(`/proc/${killed.pid}/exe`).endsWith('/minitor'))
  killed.kill('SIGKILL')
  await killed.exited
  expect(killed.signalCode).toBe('SIGKILL')

  for (const args of [['--version'], ['no-such-command'], ['validate', '--config', "it's not there"]]) {
    const command = [minitor, ...args]
    const { exitCode, stdout, stderr } = await place.run(...command)
    const plain = await place.run(EXECUTABLE, ...args)
    expect({ exitCode, stdout, stderr }).toEqual(plain)
  }
  // On a terminal, 50 columns wide.
  const onTerminal = (program: string) =>
    place.run('script', '-qec', `stty cols 50; ${program} validate --config missing`, '/dev/null')
  const [packed, plain] = [await onTerminal(minitor), await onTerminal(EXECUTABLE)]
  expect(packed).toEqual(plain)
  expect(packed.stdout).toContain('\u001b[')
})

test('without the package for this machine, it says what to do', async () => {
  const place = aPlace('omitted')
  await place.run('npm', 'install', '--omit=optional', '--no-audit', '--no-fund', 'minitor')
  const { exitCode, stdout, stderr } = await place.run(place.path('node_modules/.bin/minitor'), '--version')
  expect([exitCode, stdout]).toEqual([127, ''])
  expect(stderr).toContain('Install minitor again, without --omit=optional')
})

test.each([
  { name: 'npm', at: 'node_modules' },
  { name: 'npm, installed globally', at: 'lib/node_modules/minitor/node_modules', from: 'lib/node_modules/minitor' },
  { name: 'pnpm', at: '.pnpm/minitor@1/node_modules', from: '.pnpm/minitor@1/node_modules/minitor' },
])('the executable is found where $name puts it', async ({ at, from = 'node_modules/minitor' }) => {
  const place = aPlace(`layout ${at.replaceAll('/', ' ')}`)
  const packageName = `minitor-linux-${isX64 ? 'x64' : 'arm64'}`
  const executable = place.path(join(at, packageName, 'minitor'))
  mkdirSync(dirname(executable), { recursive: true })
  mkdirSync(place.path(from), { recursive: true })
  writeFileSync(executable, '#!/bin/sh\nprintf "%s," "$@"\n', { mode: 0o755 })
  const launcher = place.path(join(from, 'minitor'))
  await Bun.write(launcher, Bun.file(join(import.meta.dir, '../../packaging/npm/minitor')))
  // npm and pnpm link to it.
  const { stdout } = await place.run('sh', '-c', 'ln -s "$1" link && sh ./link "a b" "" "*"', 'sh', launcher)
  expect(stdout).toBe('a b,,*,')
})

/** Whether a process handles a signal itself. */
function catches(pid: number, signal: 'SIGTERM' | 'SIGINT'): boolean {
  const mask = /^SigCgt:\s*(\w+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? '0'
  const number = signal === 'SIGTERM' ? 15 : 2
  return ((BigInt(`0x${mask}`) >> BigInt(number - 1)) & 1n) === 1n
}
