import { type Bench, type Figure, fact, type Measurement } from '../measurement.ts'
import { runSpawnLoop } from '../programs.ts'
import { stampedRun } from '../stamped-run.ts'
import { gapErrors, latenessOf } from '../stamps.ts'
import { quantile, renderCount, renderMs, renderPercent } from '../statistics.ts'

const INTERVAL_SECONDS = 10
const GOAL_COUNT = 28_000
const GOAL_P99_MS = 50
const CALIBRATION_SECONDS = 2

export const lateness: Measurement = {
  name: 'lateness',
  about: 'how late checks start, at half of what the C loop can start and at 28,000 monitors every 10 s',
  async *measure(bench) {
    const { spawnLoop, stamp } = bench.programs
    const rate = async (command: readonly string[]) => {
      return (await runSpawnLoop({ spawnLoop, seconds: CALIBRATION_SECONDS, atOnce: 8, command })).perSecond
    }
    bench.note('the C loop, for what this machine can start')
    const plainRate = await rate(['/bin/true'])
    const stampRate = await rate([stamp, '/dev/null', '0'])
    yield fact('the C loop starts, per second: /bin/true', renderCount(plainRate))
    yield fact('… the program that stamps', `${renderCount(stampRate)} (${renderPercent(stampRate / plainRate)})`)

    const half = Math.round((stampRate * INTERVAL_SECONDS) / 2)
    yield* measureLoad(bench, half, 'half load')
    const full = bench.monitors ?? GOAL_COUNT
    yield* measureLoad(bench, full, `${renderPercent(full / INTERVAL_SECONDS / stampRate)} of the C loop`)
  },
}

async function* measureLoad(bench: Bench, count: number, title: string): AsyncGenerator<Figure> {
  bench.note(`${renderCount(count)} monitors`)
  const intervalMs = INTERVAL_SECONDS * 1000
  const seconds = bench.seconds ?? 20
  const { stamps, share, cpuShare } = await stampedRun(bench, { count, intervalSeconds: INTERVAL_SECONDS, seconds })
  const late = latenessOf(stamps, { count, intervalMs })
  const [p50, p99, most] = [0.5, 0.99, 1].map((q) => quantile(late, q)) as [number, number, number]
  const gaps = gapErrors(stamps, intervalMs)
  yield {
    name: `lateness p99, ${renderCount(count)} monitors every ${INTERVAL_SECONDS} s (${title})`,
    goal: count === GOAL_COUNT ? `< ${GOAL_P99_MS} ms` : null,
    reached: `${renderMs(p99)} (p50 ${renderMs(p50)}, most ${renderMs(most)})`,
    isReached: count === GOAL_COUNT ? p99 < GOAL_P99_MS && share > 0.995 : null,
  }
  yield fact('… slots that had their check', renderPercent(share))
  yield fact(
    '… error of start to start, p50 and p99',
    `${renderMs(quantile(gaps, 0.5))}, ${renderMs(quantile(gaps, 0.99))}`,
  )
  yield fact('… own CPU, of one processor', renderPercent(cpuShare))
}
