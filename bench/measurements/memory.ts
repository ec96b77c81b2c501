import { join } from 'node:path'
import { startChild } from '../child.ts'
import { type Bench, type Figure, fact, type Measurement } from '../measurement.ts'
import { NO_DATABASE, startMinitor, writeConfig } from '../minitor.ts'
import { type Memory, readMemory } from '../process-usage.ts'
import { createGround } from '../scratch.ts'
import { countStamps, stamping } from '../stamps.ts'
import { renderCount, renderMb } from '../statistics.ts'

const SIZES: readonly { readonly count: number; readonly goalBytes: number | null }[] = [
  { count: 10, goalBytes: null },
  { count: 1000, goalBytes: 60e6 },
  { count: 10_000, goalBytes: 100e6 },
]
const INTERVAL_SECONDS = 10
const ROUND_LIMIT_MS = 60_000
/** After the last check of the round, for what it left to be done. */
const SETTLE_MS = 2000

export const memory: Measurement = {
  name: 'memory',
  about: 'memory with 10, 1,000 and 10,000 monitors after a full round',
  async *measure(bench) {
    yield fact(
      'memory of an empty Bun program: resident; proportional; anonymous',
      renderMemory(await measureEmpty(bench)),
    )
    for (const { count, goalBytes } of SIZES) {
      bench.note(`${renderCount(count)} monitors`)
      yield* measureSize(bench, count, goalBytes)
    }
  },
}

async function measureEmpty({ programs, scratch }: Bench): Promise<Memory> {
  await using child = startChild({ command: [programs.empty], outputFile: join(scratch, 'empty.log') })
  await Bun.sleep(SETTLE_MS)
  return readMemory(child.pid)
}

/** Metrics are served but asked for only in the end: what a first scrape costs is a figure of its own. */
async function* measureSize(bench: Bench, count: number, goalBytes: number | null): AsyncGenerator<Figure> {
  const used = await measureDaemon(bench, { count })
  yield {
    name: `memory with ${renderCount(count)} monitors: resident; proportional; anonymous`,
    goal: goalBytes === null ? null : `< ${renderMb(goalBytes)}`,
    reached: renderMemory(used),
    isReached: goalBytes === null ? null : used.resident < goalBytes,
  }
  const unkept = await measureDaemon(bench, { count, database: NO_DATABASE })
  yield fact('… without a database file', renderMemory(unkept))
  const scraped = await measureDaemon(bench, { count, isServing: true })
  yield fact('… serving metrics, after a scrape', renderMemory(scraped))
}

async function measureDaemon(
  { programs, scratch }: Bench,
  { count, isServing = false, database }: { count: number; isServing?: boolean; database?: string },
): Promise<Memory> {
  using ground = createGround(scratch)
  const { directory, config, stamps } = ground
  writeConfig(config, {
    count,
    intervalSeconds: INTERVAL_SECONDS,
    command: stamping(programs.stamp, stamps),
  })
  const keeping = database === undefined ? {} : { database }
  await using minitor = await startMinitor({ minitor: programs.minitor, config, directory, isServing, ...keeping })
  await minitor.until('a full round', ROUND_LIMIT_MS, () => countStamps(stamps) >= count)
  await Bun.sleep(SETTLE_MS)
  if (isServing) await minitor.checkCount()
  return readMemory(minitor.pid)
}

function renderMemory({ resident, proportional, anonymous }: Memory): string {
  return [resident, proportional, anonymous].map(renderMb).join('; ')
}
