import type { Monitor, MonitorState, Mute, Silence, Status } from './types.ts'

interface Parent {
  readonly name: string
  readonly status: Status
}

/**
 * Who keeps this monitor quiet at `atMs` (Unix epoch milliseconds): a silence, or a monitor it depends on that fails.
 * One hop is enough: a parent's own parents do not matter. Null when nobody does. Pure.
 */
export function muteOf(
  monitor: Pick<Monitor, 'name' | 'tags'>,
  context: { readonly atMs: number; readonly silences: readonly Silence[]; readonly parents: readonly Parent[] },
): Mute | null {
  const silence = context.silences.find((one) => one.untilMs > context.atMs && isTarget(one.target, monitor))
  if (silence !== undefined) {
    const until = new Date(silence.untilMs).toISOString()
    const reason = silence.reason === '' ? '' : `: ${silence.reason}`
    return { by: 'silence', reason: `silenced until ${until}${reason}` }
  }
  const parent = context.parents.find((one) => one.status === 'failing' || one.status === 'down')
  if (parent === undefined) return null
  return { by: 'dependency', reason: `depends on "${parent.name}", which is ${parent.status}` }
}

function isTarget(target: Silence['target'], monitor: Pick<Monitor, 'name' | 'tags'>): boolean {
  if (target === 'all') return true
  return 'monitor' in target ? target.monitor === monitor.name : monitor.tags.includes(target.tag)
}

/** Whether what is known of a parent is older than its child's outage, so that it must be checked before it can mute. */
export function isStaleParent(parent: MonitorState, outageStartedAtMs: number): boolean {
  return parent.status !== 'paused' && (parent.lastCheckAtMs ?? Number.NEGATIVE_INFINITY) < outageStartedAtMs
}
