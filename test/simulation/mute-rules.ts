import type { Config } from '../../src/core/model/config.ts'
import type { Mutes, SilenceTarget } from '../../src/core/model/mute.ts'
import type { Monitor, MonitorState, Mute, Quiet } from '../../src/core/model/types.ts'

interface Situation {
  readonly config: Config
  readonly mutes: Mutes
  readonly known: ReadonlyMap<string, MonitorState>
  readonly wallMs: number
  readonly incidentId: string | null
  /** Whether a check overlaps with a time in which that parent of its monitor was in trouble. */
  readonly overlapsWith: (parent: string) => boolean
}

/** A window that never ends; only Minitor knows when others are open. */
export const ALWAYS = { expression: '* * * * * *', timezone: 'UTC', durationMs: 60_000 }

/** The mutes of a monitor, strongest first. */
function mutesOf(
  monitor: Monitor,
  { mutes, known, wallMs, incidentId, config, overlapsWith }: Situation,
): Mute['by'][] {
  const { name, tags, group, dependsOn } = monitor
  const isTarget = (target: SilenceTarget) =>
    target === 'all' ||
    ('monitor' in target && target.monitor === name) ||
    ('tag' in target && tags.includes(target.tag)) ||
    ('group' in target && target.group === group)
  const isSilenced = mutes.silences.some(({ target, untilMs }) => untilMs > wallMs && isTarget(target))
  const isMaintained = windowsOf(monitor, config).some(({ expression }) => expression === ALWAYS.expression)
  const isAcknowledged = mutes.acknowledgements.some((one) => one.incidentId === incidentId)
  const hasFailingParent = dependsOn.some(
    (parent) => ['failing', 'down'].includes(known.get(parent)?.status ?? '') || overlapsWith(parent),
  )
  const all = [
    ['maintenance', isMaintained],
    ['silence', isSilenced],
    ['acknowledgement', isAcknowledged],
    ['dependency', hasFailingParent],
  ] as const
  return all.flatMap(([by, isSo]) => (isSo ? [by] : []))
}

function windowsOf({ name, tags }: Monitor, { maintenance }: Config) {
  return maintenance.filter(
    ({ of }) => of === null || of.monitors.includes(name) || of.tags.some((tag) => tags.includes(tag)),
  )
}

/** Whether trouble with this monitor is muted. */
export function isMuted(monitor: Monitor, situation: Situation): boolean {
  return mutesOf(monitor, situation).length > 0
}

/** Whether the reason that Minitor gives is the monitor's strongest mute. */
export function isTrueReason(quiet: Quiet, monitor: Monitor, situation: Situation): boolean {
  const [strongest] = mutesOf(monitor, situation)
  if (typeof quiet === 'string') return false
  return quiet.by === 'maintenance' ? windowsOf(monitor, situation.config).length > 0 : quiet.by === strongest
}
