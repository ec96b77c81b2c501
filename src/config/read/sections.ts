import { join, resolve } from 'node:path'
import type { Config, Guard, MaintenanceWindow, Watchdog, WebConfig } from '../../core/model/config.ts'
import { defaultOf, type Values } from '../schema/field.ts'
import { settingsShape } from '../schema/schema.ts'
import { authShape, logShape, maintenanceShape, retentionShape, watchdogShape, webShape } from '../schema/sections.ts'
import { defaultTimeoutMs, toCommand } from './to-monitor.ts'

type Settings = Values<typeof settingsShape>

/** The parts of the configuration that the top level's keys give. Relative paths begin at `directory`. */
export function toSections(
  settings: Settings,
  directory: string,
): Omit<Config, 'monitors' | 'alerts' | 'cluster' | 'secrets'> {
  return {
    maxConcurrentChecks: settings.max_concurrent_checks ?? defaultOf(settingsShape.max_concurrent_checks),
    alertRestart: settings.alert_restart ?? defaultOf(settingsShape.alert_restart),
    guard: toGuard(settings),
    watchdog: toWatchdog(settings),
    maintenance: settings.maintenance?.map(toWindow) ?? [],
    ...toStorage(settings, directory),
    web: toWeb(settings),
    log: { format: settings.log?.format ?? null, level: settings.log?.level ?? defaultOf(logShape.level) },
  }
}

function toGuard({ guard, check_interval }: Settings): Guard | null {
  const command = toCommand(guard ?? {})
  if (guard === undefined || command === null) return null
  const intervalMs = guard.check_interval ?? check_interval ?? defaultOf(settingsShape.check_interval)
  return { command, intervalMs, timeoutMs: guard.timeout ?? defaultTimeoutMs({ kind: 'interval', intervalMs }) }
}

function toWatchdog({ watchdog }: Settings): Watchdog | null {
  const command = toCommand(watchdog ?? {})
  if (watchdog === undefined || command === null) return null
  return { command, intervalMs: watchdog.interval ?? defaultOf(watchdogShape.interval) }
}

function toWindow(window: Values<typeof maintenanceShape>): MaintenanceWindow {
  const { schedule = '', timezone, duration = 0, count_as_downtime, monitors, tags } = window
  const of = monitors === undefined && tags === undefined ? null : { monitors: monitors ?? [], tags: tags ?? [] }
  const countsAsDowntime = count_as_downtime ?? defaultOf(maintenanceShape.count_as_downtime)
  return { expression: schedule, timezone: timezone ?? null, durationMs: duration, countsAsDowntime, of }
}

const DATABASE = 'minitor.db'
/** Nothing that changes belongs into /etc; this is where the systemd unit may write. */
const ELSEWHERE: Readonly<Record<string, string>> = { '/etc/minitor': '/var/lib/minitor' }
const IN_MEMORY = ':memory:'

function toStorage(settings: Settings, directory: string): Pick<Config, 'database' | 'retention'> {
  const { retention = {} } = settings
  return {
    database: placeOf(settings.database, directory),
    retention: {
      checksMs: retention.checks ?? defaultOf(retentionShape.checks),
      hourlyMs: retention.hourly ?? defaultOf(retentionShape.hourly),
      dailyMs: retention.daily ?? defaultOf(retentionShape.daily),
    },
  }
}

function placeOf(database: string | undefined, directory: string): string {
  if (database === undefined) return join(ELSEWHERE[directory] ?? directory, DATABASE)
  return database === IN_MEMORY ? IN_MEMORY : resolve(directory, database)
}

function toWeb({ web }: Settings): WebConfig | null {
  if (web === undefined) return null
  const { listen, title, url, timezone, public: shown = false, feed_key, embed, trusted_proxies, auth = {} } = web
  return {
    listen: listen ?? defaultOf(webShape.listen),
    title: title ?? defaultOf(webShape.title),
    url: url ?? null,
    timezone: timezone ?? null,
    isPublic: shown !== false,
    publicGroups: Array.isArray(shown) ? shown : null,
    feedKey: feed_key ?? null,
    embed: embed ?? defaultOf(webShape.embed),
    users: new Map(Object.entries(auth.users ?? {})),
    tokens: auth.tokens ?? defaultOf(authShape.tokens),
    trustedProxies: trusted_proxies ?? null,
  }
}
