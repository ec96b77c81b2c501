import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { startChild } from '../child.ts'
import { type Bench, type Figure, fact, type Measurement } from '../measurement.ts'
import { writeNagiosConfig } from '../nagios-config.ts'
import { observed, stampedRun } from '../stamped-run.ts'
import { countStamps, gapErrors, readStamps, type Stamps } from '../stamps.ts'
import { quantile, renderCount, renderMs, renderPercent } from '../statistics.ts'

const INTERVAL_SECONDS = 10
const COUNT = 18_000
const START_LIMIT_MS = 60_000

export const nagios: Measurement = {
  name: 'nagios',
  about: "the same checks under Debian's nagios4-core and under Minitor",
  async *measure(bench) {
    const program = Bun.which('nagios4', { PATH: `${process.env.PATH}:/usr/sbin` })
    if (program === null) {
      yield fact('nagios', 'skipped: the Debian package nagios4-core is not installed')
      return
    }
    const count = bench.monitors ?? COUNT
    const seconds = bench.seconds ?? 20
    bench.note(`${renderCount(count)} services under Nagios`)
    yield* measureNagios(bench, { program, count, seconds })
    bench.note(`${renderCount(count)} monitors under Minitor`)
    const { stamps, share } = await stampedRun(bench, { count, intervalSeconds: INTERVAL_SECONDS, seconds })
    yield fact(`Minitor with ${renderCount(count)}: slots that had their check`, renderPercent(share))
    yield gapFact(stamps)
  },
}

async function* measureNagios(
  { programs, scratch }: Bench,
  { program, count, seconds }: { program: string; count: number; seconds: number },
): AsyncGenerator<Figure> {
  const stampFile = join(scratch, 'nagios-stamps')
  rmSync(stampFile, { force: true })
  const load = { count, intervalSeconds: INTERVAL_SECONDS, stamp: programs.stamp, stampFile }
  const { main, status } = writeNagiosConfig(scratch, load)
  const outputFile = join(scratch, 'nagios.log')
  await using child = startChild({ command: [program, main], outputFile })
  await child.until('the first check of Nagios', START_LIMIT_MS, () => countStamps(stampFile) > 0)
  await Bun.sleep((INTERVAL_SECONDS + seconds) * 1000)
  // It writes its status every few seconds and removes it at its end.
  const latencies = [...readFileSync(status, 'utf8').matchAll(/service_description=[^}]*?check_latency=([\d.]+)/gs)]
  const latencyMs = latencies.map(([, value]) => Number(value) * 1000)
  const { stamps, share } = observed(readStamps(stampFile), { count, intervalSeconds: INTERVAL_SECONDS, seconds })
  yield fact(`Nagios with ${renderCount(count)} services: slots that had their check`, renderPercent(share))
  const [p50, p99] = [quantile(latencyMs, 0.5), quantile(latencyMs, 0.99)]
  yield fact('… lateness by its own account, p50 and p99', `${renderMs(p50)}, ${renderMs(p99)}`)
  yield gapFact(stamps)
}

function gapFact(stamps: Stamps): Figure {
  const errors = gapErrors(stamps, INTERVAL_SECONDS * 1000)
  return fact(
    '… error of start to start, p50 and p99',
    `${renderMs(quantile(errors, 0.5))}, ${renderMs(quantile(errors, 0.99))}`,
  )
}
