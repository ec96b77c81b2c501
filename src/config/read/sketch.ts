import type { Config } from '../../core/model/config.ts'
import type { MappingNode } from '../yaml/node.ts'
import { readSource } from '../yaml/read-source.ts'
import { type Finding, type Mistake, type Place, toMistakes } from '../yaml/source.ts'
import { parseTree } from '../yaml/tree.ts'
import { toCluster } from './cluster.ts'
import { type ConfigLocation, type ReadFiles, readFiles } from './load.ts'
import type { Entries } from './loading.ts'
import type { MonitorDraft } from './monitors.ts'
import { type Parts, readParts } from './read-config.ts'
import { toSections } from './sections.ts'
import { sketchMonitor } from './to-monitor.ts'

/** A configuration as far as it can be read. It is to look things up in, and nothing of it may be run. */
export interface Sketch {
  /** Without alerts, and without the monitors whose names cannot be read. */
  readonly config: Config
  /** The names of the alerts. */
  readonly alerts: readonly string[]
  /** Why `config.database` is not where the database is; null where it is. */
  readonly databaseTrouble: string | null
  /** Empty where the configuration is whole. */
  readonly mistakes: readonly Mistake[]
}

/**
 * Reads what can be read of a configuration, for commands that people need while somebody edits it, and outside of the
 * daemon's environment. Never throws for a mistake of the user.
 */
export function sketchConfig(location: ConfigLocation): Sketch {
  const read = readFiles(location)
  const { loading, files } = read
  const parts = readParts(loading, [...read.roots, ...databaseKeys(read)])
  const { settings, monitors, alerts } = parts
  const findings = [...loading.findings]
  // A window without its `tags` would be one for all monitors.
  const windows = settings.entries.get('maintenance')?.value
  const maintenance = windows === undefined || findings.some(isIn(windows)) ? undefined : settings.own.maintenance
  const database = settings.entries.get('database')?.value
  const lost = database !== undefined && settings.own.database === undefined ? findings.find(isIn(database)) : undefined
  return {
    config: {
      ...toSections({ ...settings.own, maintenance }, loading.directory),
      monitors: sketchMonitors(monitors, parts),
      alerts: new Map(),
      cluster: toCluster(settings.own, loading),
      secrets: [...loading.secrets],
    },
    alerts: [...alerts.keys()],
    databaseTrouble: lost?.message ?? null,
    mistakes: [...read.mistakes, ...toMistakes(findings, files)],
  }
}

function sketchMonitors(drafts: readonly MonitorDraft[], { settings, defaults }: Parts): Config['monitors'] {
  const named = new Map<string, MonitorDraft>()
  for (const draft of drafts) {
    const { name } = draft.values
    if (name !== undefined && !named.has(name)) named.set(name, draft)
  }
  const isGiven = (key: string, entries: Entries) =>
    [entries, defaults.entries].some((given) => given.has(key)) ||
    [key, `default_${key}`].some((top) => settings.entries.has(top))
  return [...named].map(([name, { entries, values }]) =>
    sketchMonitor(name, values, (key) => values[key] === undefined && isGiven(key, entries)),
  )
}

function isIn({ source, start, end }: Place): (finding: Finding) => boolean {
  return ({ place }) => place.source === source && place.start >= start && place.start <= end
}

/** `database`, with the lines below it that belong to it. */
const DATABASE = /^database:.*(?:\r?\n[ \t]+.*)*/m

/** That key of the files that are no YAML as a whole, read for itself. */
function databaseKeys({ files, roots, isWhole }: ReadFiles): readonly MappingNode[] {
  if (isWhole) return []
  const parsed = new Set(roots.map(({ source }) => source.file))
  return files
    .filter((file) => !parsed.has(file))
    .flatMap((file) => {
      const source = readSource(file, false)
      const [text] = 'message' in source ? [] : (DATABASE.exec(source.text) ?? [])
      const root = text === undefined ? null : parseTree({ file, text }).root
      return root?.kind === 'mapping' ? [root] : []
    })
}
