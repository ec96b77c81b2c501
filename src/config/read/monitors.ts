import { slugOf, slugsOf } from '../../core/text/identity.ts'
import type { Values } from '../schema/field.ts'
import { ALTERNATIVES, COMMAND_ONLY, monitorShape, type settingsShape } from '../schema/schema.ts'
import { type MappingNode, type Node, type ScalarNode, startOf } from '../yaml/node.ts'
import { whereabouts } from '../yaml/source.ts'
import { checkHeartbeat, checkKeys } from './heartbeat.ts'
import { describe, quoted } from './issue.ts'
import { complain, type Draft, type Entries, type Loading, warn } from './loading.ts'
import { readMap } from './read-map.ts'
import { checkTimezoneUse } from './schedule-check.ts'

export type MonitorValues = Values<typeof monitorShape>

export interface MonitorDraft extends Draft<typeof monitorShape> {
  /** Its own values and those that it inherits. */
  readonly values: MonitorValues
}

/** What monitors inherit: values, and the keys of `defaults`. */
export interface Inheritance {
  readonly values: MonitorValues
  readonly entries: Entries
}

/** Reads every monitor. One with mistakes has a draft, too, so that references to it are not mistakes, too. */
export function readMonitors(loading: Loading, nodes: readonly Node[], defaults: Inheritance): readonly MonitorDraft[] {
  const drafts = nodes.flatMap((node, index) => {
    if (node.kind === 'mapping') {
      const name = nameOf(node)
      const subject = name === null ? `monitor number ${index + 1}` : `monitor ${quoted(name.text)}`
      return [readMonitor({ ...loading, subject }, node, defaults)]
    }
    if (node.kind === 'scalar' && node.value === undefined) return []
    const hint = 'write its keys below each other: - name: …'
    complain(loading, node, `a monitor must be a map, not ${describe(node)}`, hint)
    return []
  })
  checkNamesUnique(loading, drafts)
  checkKeys(drafts)
  return drafts
}

function readMonitor(loading: Loading, node: MappingNode, defaults: Inheritance): MonitorDraft {
  const reading = { shape: monitorShape, place: startOf(node), inherited: defaults.entries }
  const draft = readMap(loading, node.entries, reading)
  if (node.entries.has('heartbeat')) checkHeartbeat(draft)
  else checkTimezoneUse(draft, defaults.values.schedule)
  return { ...draft, values: inherit(draft, defaults.values) }
}

function nameOf(node: MappingNode): ScalarNode | null {
  const name = node.entries.get('name')?.value
  return name?.kind === 'scalar' && name.value !== null && name.value !== undefined ? name : null
}

/** Finds a name that two monitors have, and warns of an address that two would have. */
function checkNamesUnique(loading: Loading, drafts: readonly MonitorDraft[]): void {
  const named = new Map<string, Node>()
  for (const { entries, own } of drafts) {
    const node = entries.get('name')?.value
    if (node === undefined || own.name === undefined) continue
    const first = named.get(own.name)
    if (first === undefined) named.set(own.name, node)
    else
      complain(
        loading,
        node,
        `there are two monitors named ${shown(node)}`,
        `the other one is at ${whereabouts(first)}`,
      )
  }
  const slugs = slugsOf([...named.keys()])
  const owners = new Map([...slugs].map(([name, slug]) => [slug, name]))
  for (const [name, slug] of slugs) {
    const [node, owner] = [named.get(name), owners.get(slugOf(name))]
    if (node === undefined || owner === undefined || owner === name) continue
    const message = `the address of monitor ${shown(node)} is /monitors/${slug}, as a monitor above has /monitors/${slugOf(name)}`
    warn(loading, node, message, 'another name makes a better address')
  }
}

/** A name as it is written: values from outside are not shown. */
function shown(node: Node): string {
  return node.kind === 'scalar' ? quoted(node.text) : 'like this'
}

/** A map's values over those it inherits. A key without a usable value still stands for an inherited alternative. */
export function inherit({ entries, own }: Draft, inherited: MonitorValues): MonitorValues {
  const values: Record<string, unknown> = { ...inherited }
  for (const alternatives of ALTERNATIVES) {
    if (alternatives.some((key) => entries.has(key))) for (const key of alternatives) delete values[key]
  }
  // A quorum that came with other places is for those.
  if (entries.has('run_on') && inherited.run_on !== undefined) delete values.quorum
  if (entries.has('heartbeat')) for (const key of COMMAND_ONLY) delete values[key]
  for (const [key, value] of Object.entries(own)) if (value !== undefined) values[key] = value
  return values
}

/** `default_alert_…` and `check_interval` of the top level, as values of a monitor. */
export function legacyDefaults(settings: Values<typeof settingsShape>): MonitorValues {
  const pairs = {
    alert_after: settings.default_alert_after,
    alert_every: settings.default_alert_every,
    alert_down: settings.default_alert_down,
    alert_up: settings.default_alert_up,
    check_interval: settings.check_interval,
  }
  return Object.fromEntries(Object.entries(pairs).filter(([, value]) => value !== undefined))
}
