import { plural } from '../../core/text/plural.ts'
import { defaultOf } from '../schema/field.ts'
import { policyShape, type settingsShape } from '../schema/schema.ts'
import type { Node } from '../yaml/node.ts'
import { type AlertDraft, usesUrl } from './alerts.ts'
import { quoted } from './issue.ts'
import { advise, type Draft, type Loading } from './loading.ts'
import type { MonitorDraft } from './monitors.ts'

interface Parts {
  readonly settings: Draft<typeof settingsShape>
  readonly monitors: readonly MonitorDraft[]
  readonly alerts: ReadonlyMap<string, AlertDraft>
}

/** Says what is right and most likely not meant, for `validate`: nobody would notice it before the night it matters. */
export function adviseOn(loading: Loading, parts: Parts): void {
  adviseOnAlerts(parts)
  adviseOnUrl(parts)
  adviseOnLogOnly(loading, parts.monitors)
  for (const monitor of parts.monitors) adviseOnHeartbeat(monitor)
  adviseOnPublic(parts)
}

function alertsOf({ values }: MonitorDraft): string[] {
  const steps = values.alerts ?? values.alert_down ?? defaultOf(policyShape.alerts)
  return [...steps.map(({ alert }) => alert), ...(values.alert_up ?? [])]
}

function adviseOnAlerts({ settings, monitors, alerts }: Parts): void {
  const used = new Set([
    'log',
    ...monitors.flatMap(alertsOf),
    ...(settings.own.alert_restart ?? []),
    ...(settings.own.cluster?.alerts ?? []),
    ...[...alerts.values()].flatMap(({ own }) => own.fallback ?? []),
  ])
  for (const [name, alert] of alerts) {
    const place = placeOf(alert, 'command', 'shell_command')
    if (used.has(name) || place === undefined) continue
    advise(alert.loading, place, 'no monitor uses it', 'name it in alerts or alert_up of a monitor')
  }
}

function adviseOnUrl({ settings, alerts }: Parts): void {
  const { web } = settings.own
  if (web?.url !== undefined) return
  const value = web === undefined ? 'empty' : 'an address that is right on this machine only'
  for (const alert of alerts.values()) {
    const place = placeOf(alert, 'input', 'command', 'shell_command')
    if (place === undefined || !usesUrl(alert)) continue
    advise(alert.loading, place, `{url} is ${value} without web.url`, 'write the address of the pages there')
  }
}

function placeOf({ entries }: AlertDraft, ...keys: readonly string[]): Node | undefined {
  return keys.map((key) => entries.get(key)?.key).find((key) => key !== undefined)
}

const NAMES_SHOWN = 3

function adviseOnLogOnly(loading: Loading, monitors: readonly MonitorDraft[]): void {
  const silent = monitors.filter(
    ({ values }) => values.alerts === undefined && values.alert_down === undefined && values.enabled !== false,
  )
  const [first] = silent
  const place = first?.entries.get('name')?.value
  if (place === undefined) return
  const names = silent.slice(0, NAMES_SHOWN).map(({ own }) => quoted(own.name ?? ''))
  const all = [...names, ...(silent.length > NAMES_SHOWN ? ['…'] : [])].join(', ')
  const message = `only the log is told of ${plural(silent.length, 'monitor')}: ${all}`
  advise(loading, place, message, 'name an alert in alerts; to mean the log, write alerts: [log]')
}

/** More missing pings than anybody waits for. */
const MANY_PINGS = 4

function adviseOnHeartbeat({ loading, entries, values }: MonitorDraft): void {
  const place = entries.get('heartbeat')?.key
  const { kind, count } = { count: 0, ...(values.alert_after ?? defaultOf(policyShape.alert_after)) }
  if (place === undefined || kind !== 'failures' || count < MANY_PINGS) return
  const message = `it is down only once ${count} pings are missing (alert_after: ${count})`
  advise(loading, place, message, 'most heartbeats want alert_after: 1, and time to be late in grace')
}

/** A `public: true` that shows nothing, as the pages show nothing to anybody; one warning says it. */
function adviseOnPublic({ settings, monitors }: Parts): void {
  const isOpen = settings.own.web?.public ?? false
  if (isOpen !== false) return
  const monitor = monitors.find(({ own }) => own.public === true)
  const place = monitor?.entries.get('public')?.key
  if (monitor === undefined || place === undefined) return
  const hint = 'write public: true or a list of groups below web'
  advise(monitor.loading, place, 'the public sees it only if web.public is set, too', hint)
}
