import type { Config } from '../core/types.ts'
import { type AlertDraft, readAlerts } from './alerts.ts'
import { checkCircles } from './circles.ts'
import { complain, type Loading } from './loading.ts'
import { type Merged, mergeFiles } from './merge-files.ts'
import { complainOfContradictions, MONITOR_NOT_YET, type MonitorDraft, readMonitors } from './monitors.ts'
import type { MappingNode } from './node.ts'
import { readMap } from './read-map.ts'
import { ALERT_LISTS, checkNames, createSuggestion, type Referrer } from './references.ts'
import { checkSchedule } from './schedule-check.ts'
import { policyShape, settingsShape } from './schema.ts'
import { BUILT_IN, inherit, legacyDefaults, type Settings } from './settings.ts'
import { toMonitor } from './to-monitor.ts'

const TOP_LEVEL_NOT_YET = ['guard', 'maintenance', 'watchdog', 'web', 'cluster'] as const

/** Everything that the maps of the files say, as one configuration; null when there are findings. */
export function readConfig(loading: Loading, roots: readonly MappingNode[]): Config | null {
  const merged = mergeFiles(loading, roots)
  const settings: Referrer & { own: Settings } = readPart(loading, merged.settings)
  const defaults = readDefaults(loading, merged)
  const inherited = inherit(defaults.own, defaults.entries, legacyDefaults(settings.own))
  const alerts = readAlerts(loading, merged.alerts)
  complainOfMissing(loading, roots, merged)
  const nodes = merged.monitors ?? []
  const monitors = readMonitors({ loading, nodes, defaults: { values: inherited, entries: defaults.entries } })
  checkReferences({ loading, settings, defaults, monitors, alerts })
  if (loading.findings.length > 0) return null
  return {
    monitors: monitors.map(({ values }) => toMonitor(values)),
    alerts: new Map([...alerts].map(([name, { alert }]) => [name, alert])),
    maxConcurrentChecks: settings.own.max_concurrent_checks ?? BUILT_IN.maxConcurrentChecks,
    secrets: [...loading.secrets],
    warnings: warningsOf(settings.own),
  }
}

function readPart(loading: Loading, entries: Merged['settings']): Referrer & { own: Settings } {
  const own = readMap(entries, { loading, shape: settingsShape, subject: '', notYet: TOP_LEVEL_NOT_YET })
  return { loading, entries, subject: '', own }
}

function readDefaults(loading: Loading, { defaults: entries }: Merged) {
  const subject = 'defaults'
  const own = readMap(entries, { loading, shape: policyShape, subject, notYet: MONITOR_NOT_YET })
  const referrer = { loading, entries, subject, own }
  complainOfContradictions(referrer)
  checkSchedule(referrer, own)
  return referrer
}

function complainOfMissing(loading: Loading, [root]: readonly MappingNode[], { monitors }: Merged): void {
  const hasTrouble = loading.findings.some(({ message }) => message.startsWith('monitors '))
  if (root === undefined || (monitors !== null && monitors.length > 0) || hasTrouble) return
  const message = monitors === null ? 'the configuration has no monitors' : 'monitors has no monitor in it'
  const place = { source: root.source, start: root.start, end: root.start + 1 }
  complain(loading, place, { subject: '', message, hint: 'add "monitors:", and below it a list: - name: …' })
}

interface Parts {
  readonly loading: Loading
  readonly settings: Referrer
  readonly defaults: Referrer
  readonly monitors: readonly MonitorDraft[]
  readonly alerts: ReadonlyMap<string, AlertDraft>
}

function checkReferences({ loading, settings, defaults, monitors, alerts }: Parts): void {
  const byName = new Map(
    monitors.flatMap((draft) =>
      draft.values.name === undefined ? [] : [[draft.values.name, { loading, ...draft }] as const],
    ),
  )
  const alertNaming = { word: 'alert', known: alerts, suggest: createSuggestion([...alerts.keys()], 'alert') } as const
  const monitorNaming = {
    word: 'monitor',
    known: byName,
    suggest: createSuggestion([...byName.keys()], 'monitor'),
  } as const
  for (const referrer of [settings, defaults, ...monitors.map((draft) => ({ loading, ...draft }))]) {
    for (const key of ALERT_LISTS) checkNames(referrer, { key, ...alertNaming })
    checkNames(referrer, { key: 'depends_on', ...monitorNaming })
  }
  const alertReferrers = new Map([...alerts].map(([name, draft]) => [name, { loading, ...draft }]))
  for (const referrer of alertReferrers.values()) checkNames(referrer, { key: 'fallback', ...alertNaming })
  const parents = [...byName].map(([name, { values, own }]) => {
    const all = values.depends_on ?? []
    return [name, own.depends_on === undefined ? all.filter((parent) => parent !== name) : all] as const
  })
  checkCircles({ key: 'depends_on', graph: new Map(parents), referrers: byName, inherited: defaults })
  const fallbacks = [...alerts].map(
    ([name, { alert }]) => [name, alert.fallback === null ? [] : [alert.fallback]] as const,
  )
  checkCircles({ key: 'fallback', graph: new Map(fallbacks), referrers: alertReferrers, inherited: null })
}

function warningsOf({ database, retention, alert_restart: alertRestart }: Settings): readonly string[] {
  const warnings: string[] = []
  if (database !== undefined && database !== ':memory:') {
    warnings.push('database has no effect yet: this version keeps its history in memory; write database: ":memory:"')
  }
  if (retention !== undefined) warnings.push('retention has no effect yet: this version keeps its history in memory')
  if (alertRestart !== undefined) {
    warnings.push('alert_restart has no effect yet: this version does not know when it was not watching')
  }
  return warnings
}
