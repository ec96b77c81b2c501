import { describe, expect, test } from 'bun:test'
import { chownSync } from 'node:fs'
import { startDaemon } from '../support/daemon-process.ts'
import { requireDebianPackage } from '../support/debian.ts'
import { eventually } from '../support/eventually.ts'
import { EXECUTABLE } from '../support/executable.ts'
import { limitMs } from '../support/pace.ts'
import { ask, findSample, freePort, scrape } from './scrape.ts'

const hasPrlimit = requireDebianPackage('util-linux', 'prlimit')
// Nobody else's, not even another run's, so that the limit counts this test's processes only.
const UID = 2_000_000 + process.pid
const canBecomeOther = process.getuid?.() === 0 && requireDebianPackage('util-linux', 'setpriv') && mayOtherRun()
if (!canBecomeOther) console.error('skipped: A12 has to start the executable as another user, which only root can')

const CHECKS = 100
// All of them run at once.
const LONG_MS = limitMs(1_000)
// A shell that could not fork would have failed by itself: these start nothing.
const CROWD = [
  `check_interval: ${LONG_MS}ms`,
  'defaults: { alert_after: 1, alerts: [ shout ], timeout: 1h }',
  'monitors:',
  ...Array.from(
    { length: CHECKS },
    (_, index) =>
      `  - { name: check ${index}, command: 'echo >>"done.${index}"; test -e calm || exec sleep ${LONG_MS / 1_000}' }`,
  ),
  'alerts: { shout: { command: "echo {monitor_name} {reason} >>shouts" } }',
].join('\n')

function mayOtherRun(): boolean {
  const args = ['--reuid', String(UID), '--clear-groups', EXECUTABLE, '--version']
  return Bun.spawnSync(['setpriv', ...args], { env: { HOME: '/', PATH: '/usr/bin:/bin' } }).success
}

describe.concurrent('Minitor runs out of', () => {
  test.skipIf(!hasPrlimit)('A11: descriptors: no false alert, said and counted as void, recovers', async () => {
    const port = await freePort()
    await using daemon = startDaemon({
      config: CROWD,
      args: ['--listen', `127.0.0.1:${port}`],
      wrapper: ['prlimit', '--nofile=60'],
    })
    await expectRecovery(daemon, port)
  })

  test.skipIf(!canBecomeOther)('A12: processes: no false alert, said and counted as void, recovers', async () => {
    const port = await freePort()
    await using daemon = startDaemon({
      config: CROWD,
      args: ['--listen', `127.0.0.1:${port}`],
      wrapper: [
        'sh',
        '-c',
        // The directory is handed over before the executable starts in it.
        'while test ! -e mine; do sleep 0.01; done; exec "$@"',
        'sh',
        'setpriv',
        '--reuid',
        String(UID),
        '--clear-groups',
        'prlimit',
        '--nproc=40',
      ],
    })
    chownSync(daemon.directory, UID, 0)
    chownSync(`${daemon.directory}/tmp`, UID, 0)
    daemon.write('mine', '')
    await expectRecovery(daemon, port)
  })
})

const doneBy = (daemon: ReturnType<typeof startDaemon>, index: number) => daemon.read(`done.${index}`).length

async function expectRecovery(daemon: ReturnType<typeof startDaemon>, port: number) {
  const voids = async () => {
    const samples = await scrape(port)
    return samples.filter(({ name }) => name === 'minitor_check_void_total').reduce((sum, { value }) => sum + value, 0)
  }
  await eventually('checks are void', async () => (await voids()) > 0, { explain: daemon.rawLog })
  expect(daemon.lines.some(({ level }) => level === 'warn' || level === 'error')).toBe(true)
  daemon.write('calm', '')
  // From now on checks end at once, so that what Minitor has would do for all: it must find that out.
  const doneBefore = Array.from({ length: CHECKS }, (_, index) => doneBy(daemon, index))
  const explain = () => `; runs of each: ${Array.from({ length: CHECKS }, (_, index) => doneBy(daemon, index))}`
  const haveAllRun = () => {
    // The last words of a crash.
    expect(daemon.stderr()).toBe('')
    return doneBefore.every((count, index) => doneBy(daemon, index) > count)
  }
  await eventually('all run again', haveAllRun, { explain })
  const settled = await eventually('all are up', async () => {
    const samples = await scrape(port)
    return (
      samples.filter(({ name, value }) => name === 'minitor_monitor_up_count' && value === 1).length === CHECKS &&
      samples
    )
  })
  const failures = settled.filter(({ name, labels }) => name === 'minitor_check_total' && labels.status === 'failure')
  expect(failures.reduce((sum, { value }) => sum + value, 0)).toBe(0)
  expect(findSample(settled, 'minitor_deliveries_failed_total')).toBe(0)
  expect(daemon.read('shouts')).toBe('')
  expect(daemon.lines.filter(({ status }) => status === 'failing' || status === 'down')).toEqual([])
}

test('J5: mkfifo goes away while Minitor runs: logged once, /healthz says it at once, nobody is alerted', async () => {
  const port = await freePort()
  await using daemon = startDaemon({
    config: [
      'check_interval: 200ms',
      'defaults: { alert_after: 1, alerts: [ shout ] }',
      'monitors:',
      ...Array.from({ length: 12 }, (_, index) => `  - { name: m${index}, command: [ /bin/sleep, "0.1" ] }`),
      'alerts: { shout: { command: [ /bin/sh, -c, "echo >>shouts" ] } }',
    ].join('\n'),
    args: ['--listen', `127.0.0.1:${port}`],
    // The first two batches can be made: one for checks, one for alerts.
    files: { mkfifo: '#!/bin/sh\necho >>made\ntest $(/bin/grep -c ^ made) -le 2 && exec /usr/bin/mkfifo "$@"\n' },
    wrapper: ['sh', '-c', 'chmod +x mkfifo; PATH=$PWD; exec "$@"', 'sh'],
  })
  const answer = await eventually(
    'it is not healthy',
    async () => {
      const response = await ask(`http://127.0.0.1:${port}/healthz`)
      return response?.status === 503 && (await response.text())
    },
    { explain: () => daemon.rawLog() + daemon.stderr() },
  )
  expect(answer).toMatch(/^"m\d+".* cannot be checked: Minitor could not start "\/bin\/sleep": /)
  expect(daemon.lines.filter(({ msg }) => msg.includes('cannot be checked'))).toHaveLength(1)
  expect(daemon.read('shouts')).toBe('')
})
