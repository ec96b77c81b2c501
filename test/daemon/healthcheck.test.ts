import { describe, expect, test } from 'bun:test'
import { readdirSync, rmSync, utimesSync } from 'node:fs'
import { type DaemonProcess, startDaemon } from '../support/daemon-process.ts'
import { eventually } from '../support/eventually.ts'

const CONFIG = 'monitors: [ { name: door, command: "true" } ]\n'
const ENV = { RUNTIME_DIRECTORY: 'run' }

const start = (config = CONFIG, args: readonly string[] = []) => startDaemon({ config, args, env: ENV })
const healthcheck = async (daemon: DaemonProcess, ...args: string[]) => {
  const { exitCode, stdout, stderr } = await daemon.minitor('healthcheck', ...args)
  expect(stderr).toBe('')
  return { exitCode, stdout }
}
/** The first one comes when the run file is there. */
const isAlive = (daemon: DaemonProcess) =>
  eventually('it is alive', async () => (await healthcheck(daemon)).exitCode === 0)
const alive = ({ pid }: DaemonProcess) => ({ exitCode: 0, stdout: `the daemon (pid ${pid}) is alive\n` })

function runFile(daemon: DaemonProcess): string {
  const [name] = readdirSync(daemon.path('run')).filter((one) => one.endsWith('.json'))
  if (name === undefined) throw new Error('there is no run file')
  return daemon.path(`run/${name}`)
}

function growOld(daemon: DaemonProcess): void {
  const atS = Date.now() / 1000 - 90
  utimesSync(runFile(daemon), atS, atS)
}

describe.concurrent('healthcheck', () => {
  test('H9: a daemon that is frozen is not alive, and is again when it goes on', async () => {
    await using daemon = start()
    await isAlive(daemon)
    daemon.signal('SIGSTOP')
    growOld(daemon)
    const frozen = await healthcheck(daemon)
    expect(frozen.exitCode).toBe(1)
    expect(frozen.stdout).toStartWith(`the daemon (pid ${daemon.pid}) has stood still for `)
    daemon.signal('SIGCONT')
    await isAlive(daemon)
  })

  test('H9: a run file that somebody has tidied away comes back', async () => {
    await using daemon = start(CONFIG, ['run', '--database', ':memory:'])
    await isAlive(daemon)
    rmSync(daemon.path('run'), { recursive: true })
    expect((await healthcheck(daemon)).exitCode).toBe(1)
    await isAlive(daemon)
  })

  test('H9: a daemon that cannot deliver is alive: a restart would not help', async () => {
    await using daemon = start(
      'monitors: [ { name: door, command: "false", alert_after: 1, alert_down: [ broken ] } ]\n' +
        'alerts: { broken: { command: "false", retry_for: 0 } }\n',
    )
    await daemon.next(({ msg }) => msg.startsWith('alert broken for "door" (down) failed for good'))
    expect(await healthcheck(daemon)).toEqual(alive(daemon))
  })

  test('H9: a configuration that is being edited changes nothing', async () => {
    await using daemon = start()
    await isAlive(daemon)
    daemon.write('config.yml', 'monitors: 1\n')
    expect(await healthcheck(daemon)).toEqual(alive(daemon))
    daemon.remove('config.yml')
    expect(await healthcheck(daemon, '--database', 'minitor.db')).toEqual(alive(daemon))
  })

  test.each(['SIGTERM', 'SIGKILL'] as const)('H9: nothing is alive after %s, nor before a start', async (signal) => {
    await using daemon = start()
    await daemon.watches()
    daemon.signal(signal)
    await daemon.ended
    const gone = { exitCode: 1, stdout: 'no daemon runs on config.yml\n' }
    expect(await healthcheck(daemon)).toEqual(gone)
    daemon.remove('run')
    daemon.remove('minitor.db')
    expect(await healthcheck(daemon)).toEqual(gone)
  })
})
