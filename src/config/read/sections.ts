import { resolve } from 'node:path'
import type { Config, Guard, MaintenanceWindow, Watchdog, WebConfig } from '../../core/model/config.ts'
import { defaultOf, type Values } from '../schema/field.ts'
import { authShape, guardShape, maintenanceShape, retentionShape, watchdogShape, webShape } from '../schema/sections.ts'
import { startOf } from '../yaml/node.ts'
import type { Place } from '../yaml/source.ts'
import { checkCommand } from './alerts.ts'
import { complain, type Drafting } from './loading.ts'
import { type Entries, hasOrMeans, subjectOfItem } from './read-map.ts'
import { checkSchedule } from './schedule-check.ts'
import { BUILT_IN, type TopLevel } from './settings.ts'
import { defaultTimeoutMs, toCommand } from './to-monitor.ts'

type WindowValues = Values<typeof maintenanceShape>

/** A maintenance window with the places of what it says. */
export interface WindowDraft {
  readonly window: MaintenanceWindow
  readonly own: WindowValues
  readonly entries: Entries
  readonly subject: string
}

/** Reads every maintenance window; of one with mistakes a draft is kept for the sake of what it refers to. */
export function readMaintenance({
  loading,
  entries: settings,
  own: { maintenance = [] },
}: TopLevel): readonly WindowDraft[] {
  const list = settings.get('maintenance')?.value
  if (list?.kind !== 'sequence') return []
  return list.items.flatMap((node, index) => {
    if (node.kind !== 'mapping') return []
    const own = maintenance[index] ?? {}
    const { entries } = node
    const subject = subjectOfItem('maintenance', index)
    complainOfMissing({ loading, entries, subject }, startOf(node))
    checkSchedule({ loading, entries, subject }, own)
    return [{ window: toWindow(own), own, entries, subject }]
  })
}

const REQUIRED = [
  { key: 'schedule', hint: 'add schedule: "0 3 * * 0", or another cron expression' },
  { key: 'duration', hint: 'add duration: 2h, or as long as it lasts' },
]
const KNOWN = Object.keys(maintenanceShape)

function complainOfMissing({ loading, entries, subject }: Drafting, place: Place): void {
  for (const { key, hint } of REQUIRED) {
    if (hasOrMeans(entries, [key], KNOWN)) continue
    complain(loading, place, { subject, message: `the ${key} is missing`, hint })
  }
}

function toWindow({ schedule = '', timezone, duration = 0, monitors, tags }: WindowValues): MaintenanceWindow {
  const of = monitors === undefined && tags === undefined ? null : { monitors: monitors ?? [], tags: tags ?? [] }
  return { expression: schedule, timezone: timezone ?? null, durationMs: duration, of }
}

/** The guard that the configuration has; null where it has none, or one with mistakes. */
export function readGuard({ loading, entries, own }: TopLevel): Guard | null {
  const entry = entries.get('guard')
  if (entry?.value.kind !== 'mapping') return null
  const drafting = { loading, entries: entry.value.entries, subject: 'guard' }
  checkCommand(drafting, { place: entry.key, known: Object.keys(guardShape) })
  const { guard = {} } = own
  const command = toCommand(guard)
  if (command === null) return null
  const intervalMs = guard.check_interval ?? own.check_interval ?? BUILT_IN.checkIntervalMs
  return { command, intervalMs, timeoutMs: guard.timeout ?? defaultTimeoutMs({ kind: 'interval', intervalMs }) }
}

/** The watchdog that the configuration has; null where it has none, or one with mistakes. */
export function readWatchdog({ loading, entries, own }: TopLevel): Watchdog | null {
  const entry = entries.get('watchdog')
  if (entry?.value.kind !== 'mapping') return null
  const drafting = { loading, entries: entry.value.entries, subject: 'watchdog' }
  checkCommand(drafting, { place: entry.key, known: Object.keys(watchdogShape) })
  const { watchdog = {} } = own
  const command = toCommand(watchdog)
  if (command === null) return null
  return { command, intervalMs: watchdog.interval ?? defaultOf(watchdogShape.interval) }
}

const DATABASE = 'minitor.db'
const IN_MEMORY = ':memory:'

/** Where history is kept, and for how long. Relative paths begin at the configuration. */
export function readStorage({ loading, own }: TopLevel): Pick<Config, 'database' | 'retention'> {
  const { database = DATABASE, retention = {} } = own
  return {
    database: database === IN_MEMORY ? IN_MEMORY : resolve(loading.directory, database),
    retention: {
      checksMs: retention.checks ?? defaultOf(retentionShape.checks),
      hourlyMs: retention.hourly ?? defaultOf(retentionShape.hourly),
      dailyMs: retention.daily ?? defaultOf(retentionShape.daily),
    },
  }
}

/** The pages that the configuration asks for; null where it has none. */
export function readWeb({ own: { web } }: TopLevel): WebConfig | null {
  if (web === undefined) return null
  const { listen, title, url, public: isPublic, auth = {} } = web
  return {
    listen: listen ?? defaultOf(webShape.listen),
    title: title ?? defaultOf(webShape.title),
    url: url ?? null,
    isPublic: isPublic ?? defaultOf(webShape.public),
    users: new Map(Object.entries(auth.users ?? {})),
    tokens: auth.tokens ?? defaultOf(authShape.tokens),
  }
}
