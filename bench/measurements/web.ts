import { loadConfig } from '../../src/config/read/load.ts'
import { type Bench, type Figure, fact, type Measurement } from '../measurement.ts'
import { type Minitor, startMinitor, writeConfig } from '../minitor.ts'
import { cpuSeconds } from '../process-usage.ts'
import { createGround } from '../scratch.ts'
import { between, countStamps, latenessOf, readStamps, type Stamps, stamping } from '../stamps.ts'
import { quantile, renderCount, renderMs, renderPercent } from '../statistics.ts'
import { writeYear } from '../web-year.ts'

const COUNT = 1000
const QUIET_INTERVAL_SECONDS = 30
const BUSY_INTERVAL_SECONDS = 2
const PER_SECOND = 1000
const GOAL_PAGE_MS = 25
const GOAL_BYTES = 150_000
const GOAL_LATE_MS = 100
/** Asked one after the other, this far apart: each may find a page that is being made. */
const APART_MS = 20
const PAGES = 500
const START_LIMIT_MS = 60_000
/** A crowd comes in steps of this. */
const TICK_MS = 10

/** Whether pages are quick, and cost the checks nothing. */
export const web: Measurement = {
  name: 'web',
  about: 'the status page of 1,000 monitors with a year behind them, and checks beside a crowd that requests it',
  async *measure(bench) {
    using ground = createGround(bench.scratch)
    const subject: Subject = { bench, ...ground }
    write(subject, BUSY_INTERVAL_SECONDS)
    const loaded = loadConfig({ path: subject.config, environment: {} })
    if (!loaded.ok) throw new Error(`the configuration is wrong: ${loaded.mistakes[0]?.message}`)
    bench.note('a year of roll-ups')
    writeYear(loaded.config)
    yield* besideCrowd(subject)
    write(subject, QUIET_INTERVAL_SECONDS)
    yield* oneByOne(subject)
  },
}

interface Subject {
  readonly bench: Bench
  readonly directory: string
  readonly stamps: string
  readonly config: string
}

function write({ bench, stamps, config }: Subject, intervalSeconds: number): void {
  const { stamp } = bench.programs
  const head = ['web: { public: true }']
  writeConfig(config, { count: COUNT, intervalSeconds, head, command: stamping(stamp, stamps) })
}

/** Starts it, and waits until every monitor was checked and the page shows their year. */
async function startWeb({ bench, directory, stamps, config }: Subject, intervalSeconds: number): Promise<Minitor> {
  const before = countStamps(stamps)
  const { minitor: executable } = bench.programs
  const minitor = await startMinitor({ minitor: executable, config, directory, isServing: true })
  await minitor.until('every monitor to be checked', START_LIMIT_MS, () => countStamps(stamps) - before >= COUNT)
  await minitor.until('the year', START_LIMIT_MS, async () => /\d %/.test(await (await fetch(minitor.url)).text()))
  await Bun.sleep(intervalSeconds * 1000)
  return minitor
}

async function* besideCrowd(subject: Subject): AsyncGenerator<Figure> {
  const seconds = subject.bench.seconds ?? 30
  await using minitor = await startWeb(subject, BUSY_INTERVAL_SECONDS)
  const observe = async (work: () => Promise<number[]>) => {
    const from = countStamps(subject.stamps)
    const cpuBefore = cpuSeconds(minitor.pid)
    const times = await work()
    const cpuShare = (cpuSeconds(minitor.pid) - cpuBefore) / seconds
    return { times, cpuShare, late: latenessSince(readStamps(subject.stamps), from) }
  }
  subject.bench.note(`${PER_SECOND} requests a second for ${seconds} s`)
  const crowd = await observe(() => ask(minitor, seconds))
  subject.bench.note('the same without requests')
  const alone = await observe(async () => {
    await Bun.sleep(seconds * 1000)
    return []
  })
  const most = quantile(crowd.late, 1)
  yield {
    name: `the latest of ${COUNT / BUSY_INTERVAL_SECONDS} checks a second, beside ${renderCount(PER_SECOND)} requests a second`,
    goal: `< ${GOAL_LATE_MS} ms`,
    reached: renderLate(crowd.late),
    isReached: most < GOAL_LATE_MS,
  }
  yield fact('… alone', renderLate(alone.late))
  yield fact('… requests, p50 and p99', [0.5, 0.99].map((q) => renderMs(quantile(crowd.times, q))).join(', '))
  yield fact('… requests answered', renderPercent(crowd.times.length / (PER_SECOND * seconds)))
  yield fact('… own CPU, of one processor; alone', `${renderPercent(crowd.cpuShare)}; ${renderPercent(alone.cpuShare)}`)
}

function latenessSince(all: Stamps, from: number): Float64Array {
  const stamps = between(all, all.timesMs[from] ?? 0, Number.POSITIVE_INFINITY)
  return latenessOf(stamps, { count: COUNT, intervalMs: BUSY_INTERVAL_SECONDS * 1000 })
}

/** Asks for the page as often as that, whether the answers come or not; returns how long each answer took. */
async function ask(minitor: Minitor, seconds: number): Promise<number[]> {
  const times: number[] = []
  const asked: Promise<void>[] = []
  const askOne = async () => {
    const page = await askFor(minitor)
    if (page.isWhole) times.push(page.ms)
  }
  const beganMs = performance.now()
  for (let tick = 0; tick < (seconds * 1000) / TICK_MS; tick++) {
    for (let count = 0; count < (PER_SECOND * TICK_MS) / 1000; count++) asked.push(askOne())
    await Bun.sleep(Math.max(0, beganMs + (tick + 1) * TICK_MS - performance.now()))
  }
  await Promise.all(asked)
  return times
}

async function askFor(minitor: Minitor): Promise<{ ms: number; bytes: number; isWhole: boolean }> {
  const beganMs = performance.now()
  try {
    const answer = await fetch(minitor.url, { decompress: false, headers: { 'Accept-Encoding': 'gzip' } })
    const bytes = (await answer.arrayBuffer()).byteLength
    return { ms: performance.now() - beganMs, bytes, isWhole: answer.ok }
  } catch {
    return { ms: 0, bytes: 0, isWhole: false }
  }
}

async function* oneByOne(subject: Subject): AsyncGenerator<Figure> {
  subject.bench.note('one request after the other')
  await using minitor = await startWeb(subject, QUIET_INTERVAL_SECONDS)
  const times: number[] = []
  let bytes = 0
  for (let count = 0; count < PAGES; count++) {
    const page = await askFor(minitor)
    if (!page.isWhole) throw new Error('a page was not answered')
    times.push(page.ms)
    bytes = page.bytes
    await Bun.sleep(APART_MS)
  }
  const p99 = quantile(times, 0.99)
  yield {
    name: `the status page of ${renderCount(COUNT)} monitors with a year behind them, p99`,
    goal: `< ${GOAL_PAGE_MS} ms`,
    reached: `${renderMs(p99)} (p50 ${renderMs(quantile(times, 0.5))}, most ${renderMs(quantile(times, 1))})`,
    isReached: p99 < GOAL_PAGE_MS,
  }
  yield {
    name: '… its size, compressed',
    goal: `< ${GOAL_BYTES / 1000} kB`,
    reached: `${(bytes / 1000).toFixed(1)} kB`,
    isReached: bytes < GOAL_BYTES,
  }
}

function renderLate(late: Float64Array): string {
  return `${renderMs(quantile(late, 1))} (p50 ${renderMs(quantile(late, 0.5))}, p99 ${renderMs(quantile(late, 0.99))})`
}
