import { expect, test } from 'bun:test'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type DaemonOptions, startDaemon } from '../support/daemon-process.ts'
import { requireDebianPackage } from '../support/debian.ts'
import { eventually } from '../support/eventually.ts'

const hasPrograms = requireDebianPackage('systemd', 'systemd-notify') && requireDebianPackage('perl-base', 'perl')

/** Like systemd, it keeps no descriptor that comes with a message: systemd-notify waits for that. */
const RECEIVE = `
  open(my $file, '>>', $ARGV[1]); select($file); $| = 1;
  socket(my $socket, AF_UNIX, SOCK_DGRAM, 0); bind($socket, sockaddr_un($ARGV[0])) or die $!;
  while (defined recv($socket, my $message, 4096, 0)) { print "$message\n" }
`

/** A socket that receives what systemd would, and a daemon that is told of it as systemd tells it. */
async function startService(options: DaemonOptions) {
  const directory = mkdtempSync(join(tmpdir(), 'minitor-systemd-'))
  const socket = join(directory, 'notify')
  const received = join(directory, 'received')
  const receiver = Bun.spawn(['perl', '-MSocket', '-e', RECEIVE, socket, received], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  await eventually('the socket is there', () => existsSync(socket))
  const daemon = startDaemon({ ...options, env: { NOTIFY_SOCKET: socket, WATCHDOG_USEC: '400000' } })
  const count = (state: string) => readFileSync(received, 'utf8').split(state).length - 1
  return {
    daemon,
    count,
    async [Symbol.asyncDispose]() {
      await daemon[Symbol.asyncDispose]()
      receiver.kill('SIGKILL')
      await receiver.exited
      rmSync(directory, { recursive: true })
    },
  }
}

test.skipIf(!hasPrograms)('under systemd: ready, healthy again and again, and stopping', async () => {
  await using service = await startService({ config: 'monitors: [{ name: web, command: [ "true" ] }]\n' })
  const { daemon, count } = service
  await eventually('systemd knows that it is ready', () => count('READY=1') === 1)
  await eventually('it is healthy three times', () => count('WATCHDOG=1') >= 3)
  daemon.signal('SIGTERM')
  expect(await daemon.exitCode()).toBe(0)
  expect(count('STOPPING=1')).toBe(1)
  expect(daemon.lines.filter(({ level }) => level === 'error')).toEqual([])
})

test.skipIf(!hasPrograms)('C14: systemd is not told that a Minitor is healthy whose alerts reach nobody', async () => {
  await using service = await startService({
    config: [
      'monitors: [{ name: web, command: "false", check_interval: 200ms, alert_after: 1, alert_every: 1, alerts: [ mail ] }]',
      'alerts: { mail: { command: "test -e mended", retry_for: 0s } }',
      'watchdog: { command: "echo >>barked", interval: 1s }',
    ].join('\n'),
  })
  const { daemon, count } = service
  await daemon.line({ level: 'error', msg: 'alert mail for "web" (down) failed for good: exit code 1' })
  await daemon.line((line) => line.msg.startsWith('the watchdog is held back'))
  const [healthy, barked] = [count('WATCHDOG=1'), daemon.read('barked').length]
  // Long enough for several of each: the next reminders fail as well.
  await eventually(
    'it has failed again',
    () => daemon.lines.filter(({ msg }) => msg.includes('failed for good')).length >= 3,
  )
  expect(count('WATCHDOG=1') - healthy).toBeLessThanOrEqual(1)
  expect(daemon.read('barked').length - barked).toBe(0)
  daemon.write('mended', '')
  await eventually('it is healthy again', () => count('WATCHDOG=1') > healthy + 2)
})
