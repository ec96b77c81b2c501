import { plural } from '../text/plural.ts'
import { named } from '../text/printable.ts'
import type { Config } from './config.ts'

/** What a reload has changed. */
export interface ConfigChanges {
  /** `4 monitors (1 new, 1 changed), 2 alerts` */
  readonly summary: string
  /** One sentence a line, with the names. */
  readonly details: readonly string[]
  /** Keys whose change waits for the next start. */
  readonly waiting: readonly string[]
}

/** More names are counted, not shown. */
const NAMES_SHOWN = 10

/** Sections by their keys; a change of one is told by its key. */
const SECTIONS = {
  max_concurrent_checks: (config: Config) => config.maxConcurrentChecks,
  guard: (config: Config) => config.guard,
  maintenance: (config: Config) => config.maintenance,
  watchdog: (config: Config) => config.watchdog,
  alert_restart: (config: Config) => config.alertRestart,
  retention: (config: Config) => config.retention,
  web: (config: Config) => config.web && { ...config.web, listen: null },
  log: (config: Config) => config.log,
  cluster: (config: Config) => config.cluster?.alerts,
} as const

/** `begun` is the configuration at the start of the daemon, whose database and address stay in use. */
export function changesOf(before: Config, after: Config, begun: Config): ConfigChanges {
  const monitors = differenceOf(
    new Map(before.monitors.map((one) => [one.name, one])),
    new Map(after.monitors.map((one) => [one.name, one])),
  )
  const alerts = differenceOf(before.alerts, after.alerts)
  const sections = Object.entries(SECTIONS).filter(([, of]) => !isSame(of(before), of(after)))
  return {
    summary: [
      plural(after.monitors.length, 'monitor') + countsOf(monitors),
      plural(after.alerts.size, 'alert') + countsOf(alerts),
    ].join(', '),
    details: [
      ...linesOf('monitors', monitors),
      ...renamed(before, after, monitors),
      ...linesOf('alerts', alerts),
      ...(sections.length === 0 ? [] : [`changed: ${sections.map(([key]) => key).join(', ')}`]),
    ],
    waiting: [
      ...(after.database === begun.database ? [] : ['database']),
      ...(isSame(joined(after), joined(begun)) ? [] : ['cluster']),
      ...(isSame(after.web?.listen, begun.web?.listen) ? [] : ['web.listen']),
    ],
  }
}

/** How Minitor has joined its cluster. */
const joined = ({ cluster }: Config) => cluster && { ...cluster, alerts: null }

interface Difference {
  readonly new: readonly string[]
  readonly changed: readonly string[]
  readonly removed: readonly string[]
}

function differenceOf(before: ReadonlyMap<string, unknown>, after: ReadonlyMap<string, unknown>): Difference {
  const names = [...after.keys()]
  return {
    new: names.filter((name) => !before.has(name)),
    changed: names.filter((name) => before.has(name) && !isSame(before.get(name), after.get(name))),
    removed: [...before.keys()].filter((name) => !after.has(name)),
  }
}

function countsOf(difference: Difference): string {
  const counts = Object.entries(difference).filter(([, names]) => names.length > 0)
  return counts.length === 0 ? '' : ` (${counts.map(([word, names]) => `${names.length} ${word}`).join(', ')})`
}

function linesOf(what: string, difference: Difference): string[] {
  return Object.entries(difference)
    .filter(([, names]) => names.length > 0)
    .map(([word, names]) => {
      const shown = names.slice(0, NAMES_SHOWN).map((name: string) => named(name))
      const more = names.length > NAMES_SHOWN ? `, and ${names.length - NAMES_SHOWN} more` : ''
      return `${word} ${what}: ${shown.join(', ')}${more}`
    })
}

/** A monitor is its name: under another one it begins anew. */
function renamed(before: Config, after: Config, { removed, new: added }: Difference): string[] {
  const nameless = (config: Config, names: readonly string[]) =>
    config.monitors
      .filter(({ name }) => names.includes(name))
      .map((one) => ({ name: one.name, rest: exactText({ ...one, name: '' }) }))
  const newcomers = nameless(after, added)
  return nameless(before, removed).flatMap(({ name, rest }) => {
    const same = newcomers.find((one) => one.rest === rest)
    return same === undefined
      ? []
      : [`${named(same.name)} was ${named(name)}: history does not follow a new name, and an open incident has ended`]
  })
}

function isSame(one: unknown, other: unknown): boolean {
  return exactText(one) === exactText(other)
}

/** A text that is the same for equal parts of a configuration, and for no others. */
export function exactText(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) => (part instanceof Map ? [...part] : part)) ?? ''
}
