import { afterAll, describe, expect, test } from 'bun:test'
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type DaemonProcess, startDaemon } from '../support/daemon-process.ts'
import { requireDebianPackage } from '../support/debian.ts'
import { eventually } from '../support/eventually.ts'
import { NOTE_START, type Start, startsOf, uptimeMs } from './starts.ts'

const directory = mkdtempSync(join(tmpdir(), 'minitor-clock-'))
afterAll(() => rmSync(directory, { recursive: true }))

const library = join(directory, 'clock-shift.so')
const hasShift = requireDebianPackage('gcc', 'gcc') && isBuilt()
if (!hasShift) console.error('skipped: B1 and B2 need gcc to build a library that shifts the clock')

function isBuilt(): boolean {
  const source = join(import.meta.dir, 'clock-shift.c')
  return Bun.spawnSync(['gcc', '-O1', '-shared', '-fPIC', '-o', library, source]).success
}

const INTERVAL_MS = 200
const MONITORS = 10
const CONFIG = [
  `check_interval: ${INTERVAL_MS}ms`,
  'monitors:',
  ...Array.from({ length: MONITORS }, (_, index) => `  - { name: m${index}, command: '${NOTE_START}' }`),
].join('\n')

const HOUR_S = 3600

describe.skipIf(!hasShift).concurrent('the wall clock is set', () => {
  test.each([
    { name: 'B1: one hour back', shiftS: -HOUR_S },
    { name: 'B2: two hours forward', shiftS: 2 * HOUR_S },
  ])('$name: cadence unchanged, no burst', async ({ shiftS }) => {
    const shiftFile = createShiftFile()
    await using daemon = startDaemon({ config: CONFIG, env: shiftedBy(shiftFile) })
    await rounds(daemon, 8)
    const shiftedAtMs = await uptimeMs()
    setShift(shiftFile, shiftS)
    await rounds(daemon, 10)
    const endMs = await uptimeMs()
    const after = startsOf(daemon).filter(({ atMs }) => atMs > shiftedAtMs && atMs <= endMs)
    expectCadence(after, endMs - shiftedAtMs)
    // What the daemon writes shows that the clock it reads was the shifted one.
    daemon.signal('SIGTERM')
    expect(await daemon.exitCode()).toBe(0)
    const skewS = (Date.parse(daemon.lines.at(-1)?.time ?? '') - Date.now()) / 1000
    expect(Math.abs(skewS - shiftS)).toBeLessThan(60)
  })

  test('B2: two hours forward: a time that has to pass has not passed', async () => {
    const shiftFile = createShiftFile()
    await using daemon = startDaemon({
      config: [
        'check_interval: 100ms',
        'monitors:',
        '  - { name: patient, command: "echo >>runs; false", alert_after: 30m, alerts: [ shout ] }',
        'alerts: { shout: { command: "echo {alert_message} >>shouts" } }',
      ].join('\n'),
      env: shiftedBy(shiftFile),
    })
    await daemon.next({ monitor: 'patient', status: 'failing' })
    setShift(shiftFile, 2 * HOUR_S)
    const before = daemon.read('runs').length
    await eventually('it fails on', () => daemon.read('runs').length >= before + 5)
    expect(daemon.read('shouts')).toBe('')
  })
})

function createShiftFile(): string {
  const file = join(mkdtempSync(join(directory, 'shift-')), 'seconds')
  writeFileSync(file, new BigInt64Array([0n]))
  return file
}

function shiftedBy(file: string) {
  return { LD_PRELOAD: library, CLOCK_SHIFT_FILE: file }
}

/** Waits until so many checks of each monitor have begun from now on. */
async function rounds(daemon: DaemonProcess, count: number) {
  const before = startsOf(daemon).length
  const counts = () => Map.groupBy(startsOf(daemon).slice(before), ({ monitor }) => monitor)
  const areOver = () => counts().size === MONITORS && [...counts().values()].every(({ length }) => length >= count)
  await eventually(`${count} rounds`, areOver)
}

function expectCadence(starts: readonly Start[], elapsedMs: number) {
  const due = elapsedMs / INTERVAL_MS
  for (let index = 0; index < MONITORS; index++) {
    const times = starts.filter(({ monitor }) => monitor === `m${index}`).map(({ atMs }) => atMs)
    // A busy machine may make a check late, never an extra one.
    expect(times.length).toBeLessThanOrEqual(due + 2)
  }
}

function setShift(file: string, seconds: number) {
  // In place: the library has mapped these eight bytes.
  const fd = openSync(file, 'r+')
  writeSync(fd, new Uint8Array(new BigInt64Array([BigInt(seconds)]).buffer), 0, 8, 0)
  closeSync(fd)
}
