import type { Config } from '../../src/core/model/config.ts'
import { createDatabaseThread } from '../../src/store/thread/database-thread.ts'
import { DATABASE_WORKER } from '../../src/threads.ts'
import { createRandom } from '../../test/support/random.ts'
import { DAY } from '../../test/support/time.ts'
import { type Figure, fact } from '../measurement.ts'
import { quantile, renderMs } from '../statistics.ts'
import { createObserver } from './observer.ts'
import { createService } from './service.ts'
import { isRemovedBefore, type Subject } from './subject.ts'

/** One day less than the previous daemon left. */
const KEPT_MS = 5 * DAY
const BATCHES = 20
const PAUSE_MS = 50
const LIMIT_MS = 120_000

/**
 * How long a batch with one check of each monitor takes to be saved, from handing it to the database's thread to its answer:
 * at rest, and while the thread removes a day of checks.
 */
export async function* keepingFigures({ bench, database }: Subject, config: Config): AsyncGenerator<Figure> {
  bench.note('batches of 200 checks')
  const random = createRandom(2)
  const services = config.monitors.map((monitor) => createService(monitor, random, { fromMs: 0, toMs: 0 }))
  const observer = createObserver()
  const thread = createDatabaseThread(database, { pid: process.pid, startTicks: '' }, DATABASE_WORKER)
  const opening = await thread.open()
  if (opening.kind === 'refused') throw new Error(opening.reason)
  let atMs = Date.now()
  const keep = async () => {
    atMs += PAUSE_MS
    for (const service of services) await observer.check(service, atMs)
    const writes = await observer.take()
    const beganMs = performance.now()
    const applied = await thread.apply(writes, Date.now())
    const tookMs = performance.now() - beganMs
    if (applied.kind === 'failed' || applied.refused.length > 0) throw new Error('a batch was not saved')
    await Bun.sleep(PAUSE_MS)
    return tookMs
  }

  const atRest: number[] = []
  for (let batch = 0; batch < BATCHES; batch++) atRest.push(await keep())
  const limitMs = Date.now() - KEPT_MS
  thread.setRetention({ ...config.retention, checksMs: KEPT_MS })
  const atWork: number[] = []
  const endMs = performance.now() + LIMIT_MS
  for (let progress = { begun: false, done: false }; !progress.done; progress = isRemovedBefore(database, limitMs)) {
    if (performance.now() > endMs) throw new Error('a day of checks was not removed in time')
    const tookMs = await keep()
    if (progress.begun) atWork.push(tookMs)
  }
  await thread.close()
  yield fact('a batch of 200 checks saved at rest: p50, most', renderTimes(atRest))
  yield fact('… while a day of checks is removed', `${renderTimes(atWork)}; of ${atWork.length} batches`)
}

function renderTimes(times: readonly number[]): string {
  return `${renderMs(quantile(times, 0.5))}, ${renderMs(quantile(times, 1))}`
}
