import type { Config } from '../../src/core/model/config.ts'
import type { Mutes, SilenceTarget } from '../../src/core/model/mute.ts'
import type { Monitor, MonitorState } from '../../src/core/model/types.ts'

interface Situation {
  readonly config: Config
  readonly mutes: Mutes
  readonly known: ReadonlyMap<string, MonitorState>
  readonly wallMs: number
  readonly incidentId: string | null
}

/** A window that never ends; of others only Minitor knows when they are open. */
export const ALWAYS = { expression: '* * * * * *', timezone: 'UTC', durationMs: 60_000 }

/** The mutes of a monitor, strongest first; each is the word that Minitor's reason begins with. */
function mutesOf(monitor: Monitor, { mutes, known, wallMs, incidentId, config }: Situation): string[] {
  const { name, tags, dependsOn } = monitor
  const isTarget = (target: SilenceTarget) =>
    target === 'all' || ('monitor' in target ? target.monitor === name : tags.includes(target.tag))
  const isSilenced = mutes.silences.some(({ target, untilMs }) => untilMs > wallMs && isTarget(target))
  const isMaintained = windowsOf(monitor, config).some(({ expression }) => expression === ALWAYS.expression)
  const isAcknowledged = mutes.acknowledgements.some((one) => one.incidentId === incidentId)
  const hasFailingParent = dependsOn.some((parent) => ['failing', 'down'].includes(known.get(parent)?.status ?? ''))
  return [
    ...(isSilenced ? ['silenced'] : []),
    ...(isMaintained ? ['maintenance'] : []),
    ...(isAcknowledged ? ['acknowledged'] : []),
    ...(hasFailingParent ? ['depends'] : []),
  ]
}

function windowsOf({ name, tags }: Monitor, { maintenance }: Config) {
  return maintenance.filter(
    ({ of }) => of === null || of.monitors.includes(name) || of.tags.some((tag) => tags.includes(tag)),
  )
}

/** Whether something keeps trouble with this monitor quiet. */
export function isMuted(monitor: Monitor, situation: Situation): boolean {
  return mutesOf(monitor, situation).length > 0
}

/** Whether Minitor's reason to be quiet is the strongest mute of the monitor. */
export function isTrueReason(quiet: string, monitor: Monitor, situation: Situation): boolean {
  const [strongest] = mutesOf(monitor, situation)
  const word = /^\w+/.exec(quiet)?.[0]
  if (word === 'maintenance' && strongest !== 'silenced') return windowsOf(monitor, situation.config).length > 0
  return word !== undefined && word === strongest
}
