import { type Bench, below, fact, type Measurement } from '../measurement.ts'
import { NO_DATABASE, startMinitor, writeConfig } from '../minitor.ts'
import { createGround } from '../scratch.ts'
import { countStamps, stamping } from '../stamps.ts'
import { renderCount, renderMb, renderMs, renderSpread } from '../statistics.ts'

const COUNT = 10_000
const GOAL_MS = 150
const INTERVAL_SECONDS = 10
/** After the first round nothing but the scrape is under way: its own cost is meant. */
const QUIET_INTERVAL_SECONDS = 3600
const ROUND_LIMIT_MS = 60_000
/** An answer is shared for at most five seconds: a scrape after that is a new one. */
const APART_MS = 6000

export const metrics: Measurement = {
  name: 'metrics',
  about: 'a scrape of /metrics with 10,000 monitors',
  async *measure(bench) {
    const { times, busy, text } = await scrapeAgainAndAgain(bench)
    yield below(GOAL_MS, `a scrape of ${renderCount(COUNT)} monitors, from question to last byte`, times)
    yield fact(`… while each is checked every ${INTERVAL_SECONDS} s`, renderSpread(busy, renderMs))
    yield fact('… its size', `${renderCount(text.split('\n').length)} lines, ${renderMb(Buffer.byteLength(text))}`)
  },
}

async function scrapeAgainAndAgain({ programs, scratch, rounds, note }: Bench) {
  using ground = createGround(scratch)
  const { directory, config, stamps } = ground
  const write = (intervalSeconds: number) =>
    writeConfig(config, { count: COUNT, intervalSeconds, command: stamping(programs.stamp, stamps) })
  write(INTERVAL_SECONDS)
  const { minitor } = programs
  await using daemon = await startMinitor({ minitor, config, directory, isServing: true, database: NO_DATABASE })
  await daemon.until('a full round', ROUND_LIMIT_MS, () => countStamps(stamps) >= COUNT)
  const scrape = async () => {
    const times: number[] = []
    for (let round = 0; round < (rounds ?? 5); round++) {
      await Bun.sleep(APART_MS)
      const beganMs = performance.now()
      await daemon.metrics()
      times.push(performance.now() - beganMs)
    }
    return times
  }
  note('scrapes beside checks')
  const busy = await scrape()
  note('scrapes alone')
  write(QUIET_INTERVAL_SECONDS)
  daemon.signal('SIGHUP')
  return { busy, times: await scrape(), text: await daemon.metrics() }
}
