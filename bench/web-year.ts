import type { Config } from '../src/core/model/config.ts'
import { PENDING } from '../src/core/model/state.ts'
import { openDatabaseFile } from '../src/store/file/database-file.ts'
import { createRandom } from '../test/support/random.ts'
import { DAY } from '../test/support/time.ts'
import { drawPeriods } from './history/periods.ts'
import { createService } from './history/service.ts'
import { writeSums } from './history/write-sums.ts'

/** As often as the checks that the sums tell of. */
const INTERVAL_MS = 30_000
/** Pages read the hours of a week; more would only take longer to make. */
const HOURS_MS = 8 * DAY
const UNWATCHED = { everyMs: 30 * DAY, medianMs: 5 * 60_000, sigma: 1 }

/** Writes a year of roll-ups of a configuration's monitors into a new file, which ends today; without checks of theirs. */
export function writeYear(config: Config): void {
  const todayMs = Math.floor(Date.now() / DAY) * DAY
  const year = { fromMs: todayMs - 365 * DAY, toMs: todayMs }
  const random = createRandom(1)
  const services = config.monitors.map((monitor) => createService(monitor, random, year))
  const file = openDatabaseFile(config.database, { pid: 0, startTicks: '' }, year.fromMs)
  if (file.kind === 'refused') throw new Error(file.reason)
  const beginnings = config.monitors.map(({ name }) => {
    return { kind: 'state', monitor: name, state: PENDING, slotAtMs: null } as const
  })
  file.apply(beginnings, year.fromMs)
  file.close()
  const sums = {
    path: config.database,
    services,
    intervalMs: INTERVAL_MS,
    unwatched: drawPeriods(random, year, UNWATCHED),
  }
  writeSums(sums, 'day', year)
  writeSums(sums, 'hour', { ...year, fromMs: todayMs - HOURS_MS })
}
