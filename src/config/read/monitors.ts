import { monitorShape } from '../schema/schema.ts'
import { type MappingNode, type Node, type ScalarNode, startOf } from '../yaml/node.ts'
import { whereabouts } from '../yaml/source.ts'
import { checkHeartbeat, checkKeysUnique } from './heartbeat.ts'
import { describe, quoted } from './issue.ts'
import { complain, type Drafting, type Loading } from './loading.ts'
import { type Entries, hasOrMeans, readMap } from './read-map.ts'
import { checkSchedule, checkTimezoneUse } from './schedule-check.ts'
import { contradictions, inherit, type MonitorValues } from './settings.ts'

const MONITOR_KEYS = Object.keys(monitorShape)

/** A monitor with the places of what it says. */
export interface MonitorDraft {
  /** What it says itself and what it inherits. */
  readonly values: MonitorValues
  readonly own: MonitorValues
  readonly entries: Entries
  readonly subject: string
}

export interface MonitorsReading {
  readonly loading: Loading
  readonly nodes: readonly Node[]
  /** What monitors inherit, with its keys. */
  readonly defaults: { readonly values: MonitorValues; readonly entries: Entries }
}

/** Reads every monitor; of one with mistakes a draft is kept, so that references to it are not mistakes as well. */
export function readMonitors({ loading, nodes, defaults }: MonitorsReading): readonly MonitorDraft[] {
  const names = new Map<string, ScalarNode>()
  const drafts = nodes.flatMap((node, index) => {
    if (node.kind !== 'mapping') {
      complainOfNode(loading, node)
      return []
    }
    const name = nameOf(node)
    const subject = name === null ? `monitor number ${index + 1}` : `monitor ${quoted(name.text)}`
    const values = readMap(node.entries, { loading, shape: monitorShape, subject })
    const drafting = { loading, entries: node.entries, subject }
    checkEntries({ ...drafting, node }, defaults.entries)
    if (name !== null) checkUnique({ loading, name, names })
    checkSchedule(drafting, values)
    if (!node.entries.has('heartbeat')) checkTimezoneUse(drafting, defaults.values)
    checkHeartbeat(drafting, values.heartbeat)
    return [{ entries: node.entries, subject, own: values, values: inherit(values, node.entries, defaults.values) }]
  })
  checkKeysUnique(loading, drafts)
  return drafts
}

function complainOfNode(loading: Loading, node: Node): void {
  if (node.kind === 'scalar' && node.value === undefined) return
  const hint = 'write its keys below each other: - name: …'
  complain(loading, node, { subject: '', message: `a monitor must be a map, not ${describe(node)}`, hint })
}

function nameOf(node: MappingNode): ScalarNode | null {
  const name = node.entries.get('name')?.value
  return name?.kind === 'scalar' && name.value !== null && name.value !== undefined ? name : null
}

function checkEntries(drafting: Drafting & { node: MappingNode }, inherited: Entries): void {
  const { loading, node, entries, subject } = drafting
  const start = startOf(node)
  if (!hasOrMeans(entries, ['name'], MONITOR_KEYS))
    complain(loading, start, { subject, message: 'the name is missing', hint: 'add name: …' })
  const keys = ['command', 'shell_command', 'heartbeat']
  if (!hasOrMeans(entries, keys, MONITOR_KEYS) && !keys.some((key) => inherited.has(key))) {
    complain(loading, start, { subject, message: 'it has no command', hint: 'add command: [PROGRAM, ARGUMENT, …]' })
  }
  complainOfContradictions(drafting)
}

/** Of two keys that say the same thing the second one is a mistake. */
export function complainOfContradictions({ loading, entries, subject }: Drafting): void {
  for (const [first, second] of contradictions(entries)) {
    const place = entries.get(second)?.key
    if (place === undefined) continue
    complain(loading, place, { subject, message: `it has both ${first} and ${second}`, hint: 'remove one of the two' })
  }
}

function checkUnique({
  loading,
  name,
  names,
}: {
  loading: Loading
  name: ScalarNode
  names: Map<string, ScalarNode>
}): void {
  const first = names.get(name.text)
  if (first === undefined) names.set(name.text, name)
  else {
    const message = `there are two monitors named ${quoted(name.text)}`
    complain(loading, name, { subject: '', message, hint: `the other one is at ${whereabouts(first)}` })
  }
}
