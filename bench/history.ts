/**
 * Writes what a year of 200 monitors, checked every 30 s, leaves behind: `bun bench/history.ts DIRECTORY` makes
 * DIRECTORY with `config.yml` and `minitor.db`. The year ends a minute ago.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { loadConfig } from '../src/config/read/load.ts'
import type { Config } from '../src/core/model/config.ts'
import { PENDING } from '../src/core/model/state.ts'
import { type DatabaseFile, openDatabaseFile } from '../src/store/file/database-file.ts'
import type { Write } from '../src/store/tables/apply-writes.ts'
import { createRandom } from '../test/support/random.ts'
import { DAY, YEAR } from '../test/support/time.ts'
import { createObserver, type Observer } from './history/observer.ts'
import { drawPeriods, type Period } from './history/periods.ts'
import { createService, type Service } from './history/service.ts'
import { writeSums } from './history/write-sums.ts'

const MONITORS = 200
const INTERVAL_SECONDS = 30
const INTERVAL_MS = INTERVAL_SECONDS * 1000
/** Long enough that each monitor has missed a slot when a daemon starts on it. */
const ENDED_MS = 60_000
/** Checks are made one by one for longer than the retention, so that pages have been freed and used again. */
const EXTRA_MS = DAY / 2
/** How many checks of each monitor are one transaction, monitor by monitor: far fewer than share a page. */
const SLOTS_AT_ONCE = 60
/** The outages of about five hours are one transaction. */
const OUTAGES_AT_ONCE = 16
const UNWATCHED = { everyMs: 30 * DAY, medianMs: 5 * 60_000, sigma: 1 }

interface HistoryConfig {
  command(index: number): readonly string[]
  /** Further lines of YAML at the top. */
  readonly head?: readonly string[]
  /** Lines that stand before the `index`-th monitor: monitors without a past. */
  before?(index: number): readonly string[]
}

/** Writes a configuration of the monitors that the history is of, for the generator or for a daemon that goes on with it. */
export function writeHistoryConfig(path: string, { command, head = [], before = () => [] }: HistoryConfig): void {
  const monitors = Array.from({ length: MONITORS }, (_, index) => {
    return [...before(index), `  - { name: service-${index}, command: ${JSON.stringify(command(index))} }`]
  })
  const alerts = ['alerts:', '  mail: { command: ["true"] }', 'defaults: { alert_after: 2, alert_down: [log, mail] }']
  const lines = [`check_interval: ${INTERVAL_SECONDS}`, ...head, ...alerts, 'monitors:', ...monitors.flat(), '']
  writeFileSync(path, lines.join('\n'))
}

export function loadHistoryConfig(path: string): Config {
  const loaded = loadConfig({ path, environment: {} })
  if (!loaded.ok) throw new Error(`the configuration is wrong: ${loaded.mistakes[0]?.message}`)
  return loaded.config
}

/** Writes the history of a configuration's monitors into a new file. Takes about a minute; `note` reports progress. */
export async function writeHistory(config: Config, note: (text: string) => void): Promise<void> {
  const endMs = Date.now() - ENDED_MS
  const year = { fromMs: Math.floor((endMs - YEAR) / DAY) * DAY, toMs: endMs }
  const liveFromMs = Math.floor((endMs - config.retention.checksMs - EXTRA_MS) / DAY) * DAY
  const past = { fromMs: year.fromMs, toMs: liveFromMs }
  const quiet = { fromMs: year.fromMs, toMs: endMs - DAY / 24 }

  const random = createRandom(1)
  const services = config.monitors.map((monitor) => createService(monitor, random, quiet))
  const unwatched = drawPeriods(random, quiet, UNWATCHED)
  const file = openDatabaseFile(config.database, { pid: 0, startTicks: '' }, year.fromMs)
  if (file.kind === 'refused') throw new Error(file.reason)
  const world = { config, file, services, unwatched, observer: createObserver() }

  file.apply(services.map(beginning), year.fromMs)
  note('the outages of the past')
  await writePastOutages(world, past)
  note('the sums of the past')
  const hours = { ...past, fromMs: liveFromMs - Math.floor(config.retention.hourlyMs / DAY) * DAY }
  const sums = { path: config.database, services, intervalMs: INTERVAL_MS, unwatched }
  writeSums(sums, 'day', past)
  writeSums(sums, 'hour', hours)
  note('the last days, check by check')
  await writeChecks(world, { fromMs: liveFromMs, toMs: endMs })
  file.close()
}

interface World {
  readonly config: Config
  readonly file: DatabaseFile
  readonly services: readonly Service[]
  readonly unwatched: readonly Period[]
  readonly observer: Observer
}

/** Gives each monitor its row, in the order of the configuration. */
function beginning({ monitor }: Service): Write {
  return { kind: 'state', monitor: monitor.name, state: PENDING, slotAtMs: null }
}

/** Makes incidents, notifications and deliveries from the failing checks alone, and the pass after them. */
async function writePastOutages({ file, services, observer }: World, past: Period): Promise<void> {
  const outages = services
    .flatMap((service) => service.outages.map((outage) => ({ service, ...outage })))
    .filter(({ toMs }) => toMs < past.toMs - INTERVAL_MS)
    .toSorted((one, other) => one.fromMs - other.fromMs)
  let writes: Write[] = []
  for (const [index, { service, fromMs, toMs }] of outages.entries()) {
    for (let atMs = fromMs; atMs < toMs; atMs += INTERVAL_MS) await observer.check(service, atMs)
    await observer.check(service, toMs)
    // What follows is in the sums that are written next: the store need not count it.
    const departure = { monitor: service.monitor.name, atMs: toMs, ending: 'removed' } as const
    writes.push(...(await observer.take()), { kind: 'departure', departure })
    if ((index + 1) % OUTAGES_AT_ONCE !== 0 && index + 1 < outages.length) continue
    file.apply(writes, toMs)
    writes = []
  }
}

/** As the daemon does it: check by check, with the removal of what is too old in between. */
async function writeChecks({ config, file, services, unwatched, observer }: World, live: Period): Promise<void> {
  file.apply(unwatched.filter(({ toMs }) => toMs < live.fromMs).map(unwatchedWrite), live.fromMs)
  const recent = unwatched.filter(({ toMs }) => toMs >= live.fromMs)
  const isUnwatched = (atMs: number) => recent.some(({ fromMs, toMs }) => atMs >= fromMs && atMs < toMs)
  for (let fromMs = live.fromMs; fromMs < live.toMs; fromMs += SLOTS_AT_ONCE * INTERVAL_MS) {
    const toMs = Math.min(fromMs + SLOTS_AT_ONCE * INTERVAL_MS, live.toMs)
    for (const [index, service] of services.entries()) {
      for (let atMs = fromMs + (index * INTERVAL_MS) / services.length; atMs < toMs; atMs += INTERVAL_MS) {
        if (!isUnwatched(atMs)) await observer.check(service, atMs)
      }
    }
    const ended = recent.filter((period) => period.toMs >= fromMs && period.toMs < toMs)
    file.apply([...(await observer.take()), ...ended.map(unwatchedWrite)], toMs)
    while (file.retain(config.retention, toMs, performance.now()));
  }
}

function unwatchedWrite({ fromMs, toMs }: Period): Write {
  return { kind: 'unwatched', unwatched: { fromMs, toMs } }
}

if (import.meta.main) {
  const [directory] = process.argv.slice(2)
  if (directory === undefined) throw new Error('usage: bun bench/history.ts DIRECTORY')
  mkdirSync(directory, { recursive: true })
  const path = join(directory, 'config.yml')
  writeHistoryConfig(path, { command: () => ['true'] })
  await writeHistory(loadHistoryConfig(path), (text) => console.error(text))
}
