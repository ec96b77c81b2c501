import { afterAll, describe, expect, test } from 'bun:test'
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type DaemonProcess, startDaemon } from '../support/daemon-process.ts'
import { requireDebianPackage } from '../support/debian.ts'
import { eventually } from '../support/eventually.ts'
import { type Life, openSite, runIn, type Site } from '../support/site.ts'
import { NOTE_START, type Start, startsOf, uptimeMs } from './starts.ts'

const directory = mkdtempSync(join(tmpdir(), 'minitor-clock-'))
afterAll(() => rmSync(directory, { recursive: true }))

const library = join(directory, 'clock-shift.so')
const hasShift = requireDebianPackage('gcc', 'gcc') && isBuilt()
if (!hasShift) console.error('skipped: B1, B2 and J6 need gcc to build a library that shifts the clock')

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

describe.skipIf(!hasShift).concurrent('J6: the clock is three years ahead', () => {
  const YEARS_S = 3 * 365 * 24 * HOUR_S
  const WATCHING = [
    'check_interval: 100ms',
    'defaults: { alert_after: 1s, alert_every: 1s, alerts: [ tell ], alert_up: [ tell ] }',
    'monitors:',
    '  - { name: door, command: "test ! -e door-broken" }',
    '  - { name: wall, command: "test ! -e wall-broken" }',
    '  - { name: gate, command: "true", tags: [ db ] }',
    `alerts: { tell: { command: "printf '%s %s\\n' {kind} {monitor_name} >>told" } }`,
  ].join('\n')

  const toldOf = (site: Site, monitor: string) => site.linesOf('told').filter((line) => line.endsWith(` ${monitor}`))
  const tellsOn = async (site: Site, life: Life, monitor: string) => {
    const before = toldOf(site, monitor).length
    await eventually(`${monitor} is told on`, () => toldOf(site, monitor).length >= before + 2, {
      explain: life.rawLog,
    })
  }
  const startsOfChecks = (site: Site) =>
    site.rows<{ at: number }>('SELECT started_at_ms AS at FROM checks').map(({ at }) => at)
  /** Nothing says that it was not watched until a time to come. */
  const expectNoGap = (site: Site) =>
    expect(site.rows('SELECT * FROM unwatched WHERE from_ms <= ?1 AND to_ms > ?1', Date.now() + 1000)).toEqual([])

  /** The first daemon by the right clock has checked, and somebody has silenced a tag. */
  async function siteOfNow(shiftFile: string): Promise<{ site: Site; before: readonly number[] }> {
    const site = openSite({ 'config.yml': WATCHING, 'door-broken': '' })
    const life = site.start({ env: shiftedBy(shiftFile) })
    await tellsOn(site, life, 'door')
    expect((await runIn(site.directory, { args: ['silence', '--tag', 'db', '2h'] })).stderr).toBe('')
    life.signal('SIGTERM')
    expect(await life.exitCode()).toBe(0)
    return { site, before: startsOfChecks(site) }
  }

  /** Nothing is lost, and everything goes on, for what was down and for what fails now. */
  async function goesOn(site: Site, life: Life, before: readonly number[]) {
    await tellsOn(site, life, 'door')
    site.write('wall-broken', '')
    await eventually('wall is told', () => toldOf(site, 'wall').length >= 2, { explain: life.rawLog })
    expect(toldOf(site, 'wall').slice(0, 2)).toEqual(['down wall', 'reminder wall'])
    const kept = new Set(startsOfChecks(site))
    for (const at of before) expect(kept).toContain(at)
  }

  test('at a start, and right at the next: nothing is removed, alerts go on, no gap stays', async () => {
    const shiftFile = createShiftFile()
    const { site, before } = await siteOfNow(shiftFile)
    await using _ = site
    setShift(shiftFile, YEARS_S)
    const ahead = site.start({ env: shiftedBy(shiftFile) })
    await goesOn(site, ahead, before)
    const doubt = ({ msg }: { msg: string }) => msg.includes('the clock is more than a day ahead')
    await ahead.line(doubt)
    ahead.signal('SIGTERM')
    expect(await ahead.exitCode()).toBe(0)
    expect(ahead.lines.filter(doubt)).toHaveLength(1)

    site.remove('wall-broken')
    setShift(shiftFile, 0)
    const right = site.start({ env: shiftedBy(shiftFile) })
    await eventually('wall is up', () => toldOf(site, 'wall').at(-1) === 'up wall', { explain: right.rawLog })
    await tellsOn(site, right, 'door')
    const { stdout } = await runIn(site.directory, { args: ['status', '--json'] })
    for (const { last_check_at: at } of JSON.parse(stdout).monitors) {
      expect(Math.abs(Date.parse(at) - Date.now())).toBeLessThan(HOUR_S * 1000)
    }
    expectNoGap(site)
    expect(site.rows("SELECT 1 FROM silences WHERE target = 'db'")).toHaveLength(1)
    const kept = new Set(startsOfChecks(site))
    for (const at of before) expect(kept).toContain(at)
  })

  test('while Minitor runs, and set right later', async () => {
    const shiftFile = createShiftFile()
    const { site, before } = await siteOfNow(shiftFile)
    await using _ = site
    const life = site.start({ env: shiftedBy(shiftFile) })
    await tellsOn(site, life, 'door')
    setShift(shiftFile, YEARS_S)
    await life.line(({ msg }) => msg === `the clock was set by ${YEARS_S} s`)
    await goesOn(site, life, before)
    setShift(shiftFile, 0)
    await life.line(({ msg }) => msg === `the clock was set by ${-YEARS_S} s`)
    await tellsOn(site, life, 'door')
    await tellsOn(site, life, 'wall')
    expectNoGap(site)
    const kept = new Set(startsOfChecks(site))
    for (const at of before) expect(kept).toContain(at)
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
