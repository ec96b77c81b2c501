import type { Config } from '../../core/model/config.ts'
import { MONITORS_REQUIRED, policyShape, settingsShape } from '../schema/schema.ts'
import type { MappingNode } from '../yaml/node.ts'
import { adviseOn } from './advice.ts'
import { type AlertDraft, readAlerts, toAlert } from './alerts.ts'
import { checkCircles } from './circles.ts'
import { checkCluster, isOfCluster, toCluster } from './cluster.ts'
import { checkPingable } from './heartbeat.ts'
import { complain, type Draft, type Entries, type Loading } from './loading.ts'
import { mergeFiles } from './merge-files.ts'
import { inherit, legacyDefaults, type MonitorDraft, readMonitors } from './monitors.ts'
import { hasOrMeans, readMap } from './read-map.ts'
import { checkReferences } from './references.ts'
import { checkPlaces } from './run-on.ts'
import { toSections } from './sections.ts'
import { toMonitor } from './to-monitor.ts'

/** Keys of the top level that are not settings. */
const OTHERS = ['defaults', 'monitors', 'alerts'] as const

/** What the maps of all files say, as far as it is in order; the rest is in the findings. */
export interface Parts {
  readonly settings: Draft<typeof settingsShape>
  readonly defaults: Draft<typeof policyShape>
  readonly monitors: readonly MonitorDraft[]
  readonly alerts: ReadonlyMap<string, AlertDraft>
}

/** The maps of all files as one configuration; null when there are findings. */
export function readConfig(loading: Loading, roots: readonly MappingNode[]): Config | null {
  const { settings, monitors, alerts } = readParts(loading, roots)
  if (loading.findings.length > 0) return null
  return {
    ...toSections(settings.own, loading.directory),
    monitors: monitors.map((draft) => toMonitor(draft.values)),
    alerts: new Map([...alerts].map(([name, draft]) => [name, toAlert(name, draft)])),
    cluster: toCluster(settings.own, loading),
    secrets: [...loading.secrets],
  }
}

export function readParts(loading: Loading, roots: readonly MappingNode[]): Parts {
  const merged = mergeFiles(loading, roots)
  const settings = readMap(loading, merged.settings, { shape: settingsShape, place: null, others: OTHERS })
  const defaults = readMap({ ...loading, subject: 'defaults' }, merged.defaults, { shape: policyShape, place: null })
  const alerts = readAlerts(loading, merged.alerts)
  if (merged.monitors.length === 0 && !merged.hasWrongMonitors) complainOfMissing(loading, roots, settings.entries)
  const values = inherit(defaults, legacyDefaults(settings.own))
  const monitors = readMonitors(loading, merged.monitors, { values, entries: defaults.entries })
  if (loading.mustBePingable && !settings.entries.has('web')) checkPingable(monitors)
  const isCluster = isOfCluster(settings, loading)
  const [root] = roots
  if (isCluster && root !== undefined) checkCluster(loading, settings, root)
  checkPlaces({ isCluster, defaults, monitors })
  const parts = { settings, defaults, monitors, alerts }
  checkNames(loading, parts)
  if (loading.hasAdvice) adviseOn(loading, parts)
  return parts
}

function complainOfMissing(loading: Loading, [root]: readonly MappingNode[], settings: Entries): void {
  const isMisspelled = hasOrMeans(settings, ['monitors'], [...Object.keys(settingsShape), ...OTHERS])
  if (root === undefined || isMisspelled) return
  const place = { source: root.source, start: root.start, end: root.start + 1 }
  complain(loading, place, MONITORS_REQUIRED.message, MONITORS_REQUIRED.hint)
}

/** Finds names that nobody has, and names that refer to each other in a circle. */
function checkNames(loading: Loading, { defaults, monitors, alerts }: Parts): void {
  const byName = new Map(monitors.flatMap((draft) => (draft.own.name === undefined ? [] : [[draft.own.name, draft]])))
  const tags = monitors.flatMap(({ values }) => values.tags ?? [])
  checkReferences(loading, { alert: alerts.keys(), monitor: byName.keys(), tag: tags })

  const parents = [...byName].map(([name, { own, values }]) => {
    const all = values.depends_on ?? []
    return [name, own.depends_on === undefined ? all.filter((parent) => parent !== name) : all] as const
  })
  checkCircles({ key: 'depends_on', graph: new Map(parents), drafts: byName, inherited: defaults })
  const fallbacks = [...alerts].map(([name, { own }]) => {
    return [name, own.fallback === undefined ? [] : [own.fallback]] as const
  })
  checkCircles({ key: 'fallback', graph: new Map(fallbacks), drafts: alerts, inherited: null })
}
