import type { Config } from '../../core/model/config.ts'
import { policyShape, settingsShape } from '../schema/schema.ts'
import type { MappingNode } from '../yaml/node.ts'
import { readAlerts } from './alerts.ts'
import { checkReferences } from './check-references.ts'
import { complainOfUnpingable } from './heartbeat.ts'
import { complain, type Loading } from './loading.ts'
import { type Merged, mergeFiles } from './merge-files.ts'
import { complainOfContradictions, readMonitors } from './monitors.ts'
import { hasOrMeans, readMap } from './read-map.ts'
import { checkSchedule } from './schedule-check.ts'
import { readGuard, readMaintenance, readStorage, readWatchdog, readWeb } from './sections.ts'
import { BUILT_IN, inherit, legacyDefaults, type TopLevel } from './settings.ts'
import { toMonitor } from './to-monitor.ts'

const TOP_LEVEL_NOT_YET = ['cluster'] as const
/** Keys of the top level that are no settings. */
const OTHERS = ['defaults', 'monitors', 'alerts'] as const

/** Everything that the maps of the files say, as one configuration; null when there are findings. */
export function readConfig(loading: Loading, roots: readonly MappingNode[]): Config | null {
  const merged = mergeFiles(loading, roots)
  const settings = readSettings(loading, merged)
  const defaults = readDefaults(loading, merged)
  const inherited = inherit(defaults.own, defaults.entries, legacyDefaults(settings.own))
  const alerts = readAlerts(loading, merged.alerts)
  complainOfMissing(loading, roots, merged)
  const nodes = merged.monitors ?? []
  const monitors = readMonitors({ loading, nodes, defaults: { values: inherited, entries: defaults.entries } })
  const guard = readGuard(settings)
  const watchdog = readWatchdog(settings)
  const windows = readMaintenance(settings)
  if (loading.mustBePingable && !settings.entries.has('web')) complainOfUnpingable(loading, monitors)
  checkReferences({ loading, settings, defaults, monitors, alerts, windows })
  if (loading.findings.length > 0) return null
  return {
    monitors: monitors.map(({ values }) => toMonitor(values)),
    alerts: new Map([...alerts].map(([name, { alert }]) => [name, alert])),
    maxConcurrentChecks: settings.own.max_concurrent_checks ?? BUILT_IN.maxConcurrentChecks,
    guard,
    maintenance: windows.map(({ window }) => window),
    watchdog,
    alertRestart: settings.own.alert_restart ?? BUILT_IN.alertRestart,
    ...readStorage(settings),
    web: readWeb(settings),
    secrets: [...loading.secrets],
  }
}

function readSettings(loading: Loading, { settings: entries }: Merged): TopLevel {
  const reading = { loading, shape: settingsShape, subject: '', notYet: TOP_LEVEL_NOT_YET, others: OTHERS }
  return { loading, entries, subject: '', own: readMap(entries, reading) }
}

function readDefaults(loading: Loading, { defaults: entries }: Merged) {
  const subject = 'defaults'
  const own = readMap(entries, { loading, shape: policyShape, subject })
  const referrer = { loading, entries, subject, own }
  complainOfContradictions(referrer)
  checkSchedule(referrer, own)
  return referrer
}

function complainOfMissing(loading: Loading, [root]: readonly MappingNode[], { monitors, settings }: Merged): void {
  const isMisspelled = hasOrMeans(settings, ['monitors'], [...Object.keys(settingsShape), ...OTHERS])
  const hasTrouble = isMisspelled || loading.findings.some(({ message }) => message.startsWith('monitors '))
  if (root === undefined || (monitors !== null && monitors.length > 0) || hasTrouble) return
  const message = monitors === null ? 'the configuration has no monitors' : 'monitors has no monitor in it'
  const place = { source: root.source, start: root.start, end: root.start + 1 }
  complain(loading, place, { subject: '', message, hint: 'add "monitors:", and below it a list: - name: …' })
}
