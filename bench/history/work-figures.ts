import { rmSync } from 'node:fs'
import { DAY } from '../../test/support/time.ts'
import { wallMsOf } from '../child.ts'
import { writeHistoryConfig } from '../history.ts'
import { below, type Figure, fact } from '../measurement.ts'
import { NO_DATABASE, startMinitor } from '../minitor.ts'
import { countStamps, readStamps } from '../stamps.ts'
import { quantile, renderMs, renderSpread } from '../statistics.ts'
import { isRemovedBefore, type Subject } from './subject.ts'

const STATUS_GOAL_MS = 100
const HOLD_GOAL_MS = 50
/** A day less than the history has, so that the daemon has a day to remove. */
const KEPT_DAYS = 6
const LIMIT_MS = 120_000
/** This many monitors run every 100 ms, evenly spread: one of them is due every 10 ms. */
const STAMPERS = 10
const STAMPER_INTERVAL_MS = 100
/** The history is looked through at the start; status is measured when that is over and nothing is removed yet. */
const SETTLE_MS = 3000
/** In a round without a database, about as long as one with it takes. */
const UNKEPT_MS = 30_000

/**
 * A daemon goes on with the history: it checks the file, writes checks, removes a day. Meanwhile `minitor status` is
 * run again and again, and monitors that stamp tell whether the event loop was ever held.
 */
export async function* workFigures(subject: Subject): AsyncGenerator<Figure> {
  const { programs, note, rounds } = subject.bench
  const { config, database, directory, stamps } = subject
  rmSync(stamps, { force: true })
  writeWorkConfig(subject)
  const limitMs = Date.now() - KEPT_DAYS * DAY
  const status = (...flags: string[]) => wallMsOf([programs.minitor, 'status', ...flags, '-c', config])
  const forPeople: number[] = []
  const atRest: number[] = []
  const atWork: number[] = []
  const floor: number[] = []
  note('a daemon at work')
  await using minitor = await startMinitor({ minitor: programs.minitor, config, directory })
  await minitor.until('the first stamp', LIMIT_MS, () => countStamps(stamps) > 0)
  await Bun.sleep(SETTLE_MS)
  for (let round = 0; round < (rounds ?? 10); round++) {
    forPeople.push(await status())
    atRest.push(await status('--json'))
    floor.push(await wallMsOf([programs.minitor, '--version']))
  }
  await minitor.until('a day to be removed', LIMIT_MS, async () => {
    const { begun, done } = isRemovedBefore(database, limitMs)
    if (begun && !done) atWork.push(await status('--json'))
    return done
  })
  await minitor.stop()
  const hold = longestHoldMs(stamps)
  yield below(STATUS_GOAL_MS, '`minitor status` of 200 monitors with that database, as a whole process', forPeople)
  yield below(STATUS_GOAL_MS, '… `minitor status --json`, with five uptimes of each', atRest)
  yield fact('… while the daemon removes a day of checks', renderSpread(atWork, renderMs))
  yield fact('… of `minitor --version`', renderSpread(floor, renderMs))
  note('the same daemon without a database file')
  const unkept = await measureUnkept(subject)
  yield {
    name: 'the longest the event loop was held, from start to the removal of a day',
    goal: `< ${renderMs(HOLD_GOAL_MS)}`,
    reached: hold.text,
    isReached: hold.longestMs < HOLD_GOAL_MS,
  }
  yield fact('… the same without a database file', unkept.text)
}

async function measureUnkept({ bench, directory, config, stamps }: Subject) {
  rmSync(stamps)
  const { minitor } = bench.programs
  await using daemon = await startMinitor({ minitor, config, directory, database: NO_DATABASE })
  await Bun.sleep(UNKEPT_MS)
  await daemon.stop()
  return longestHoldMs(stamps)
}

function writeWorkConfig({ bench, config, stamps }: Subject): void {
  const apart = 200 / STAMPERS
  writeHistoryConfig(config, {
    head: [`retention: { checks: ${KEPT_DAYS}d }`],
    command: () => ['true'],
    before(index) {
      const command = JSON.stringify([bench.programs.stamp, stamps, `${index / apart}`])
      const interval = `${STAMPER_INTERVAL_MS}ms`
      return index % apart === 0
        ? [`  - { name: stamper-${index}, check_interval: ${interval}, command: ${command} }`]
        : []
    },
  })
}

/** How much longer than it should be it took from one start of any stamper to the next. */
function longestHoldMs(file: string) {
  const times = readStamps(file).timesMs.toSorted()
  const late = times
    .subarray(1)
    .map((timeMs, index) => timeMs - (times[index] ?? timeMs) - STAMPER_INTERVAL_MS / STAMPERS)
  const longestMs = quantile(late, 1)
  return { longestMs, text: `${renderMs(longestMs)} (p99.9 ${renderMs(quantile(late, 0.999))})` }
}
