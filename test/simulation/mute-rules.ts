import type { Config } from '../../src/core/model/config.ts'
import type { Mutes, SilenceTarget } from '../../src/core/model/mute.ts'
import type { Monitor, MonitorState, Quiet } from '../../src/core/model/types.ts'

interface Situation {
  readonly mutes: Mutes
  readonly known: ReadonlyMap<string, MonitorState>
  readonly wallMs: number
}

function isSilenced({ name, tags }: Monitor, { mutes, wallMs }: Situation): boolean {
  const isTarget = (target: SilenceTarget) =>
    target === 'all' || ('monitor' in target ? target.monitor === name : tags.includes(target.tag))
  return mutes.silences.some(({ target, untilMs }) => untilMs > wallMs && isTarget(target))
}

function isAcknowledged(incidentId: string | null, { mutes }: Situation): boolean {
  return mutes.acknowledgements.some((one) => one.incidentId === incidentId)
}

function failingParent({ dependsOn }: Monitor, { known }: Situation): string | undefined {
  return dependsOn.find((name) => ['failing', 'down'].includes(known.get(name)?.status ?? ''))
}

/** Whether somebody keeps trouble with this monitor quiet. */
export function isMuted(monitor: Monitor, situation: Situation & { readonly incidentId: string | null }): boolean {
  return (
    isSilenced(monitor, situation) ||
    isAcknowledged(situation.incidentId, situation) ||
    failingParent(monitor, situation) !== undefined
  )
}

/** Whether what Minitor gives as its reason to be quiet is so. */
export function isTrueReason(
  quiet: Quiet,
  situation: Situation & { readonly monitor: Monitor; readonly config: Config },
): boolean {
  const { monitor, known, config } = situation
  const incidentId = known.get(monitor.name)?.incidentId ?? null
  if (typeof quiet === 'string') return false
  switch (quiet.by) {
    case 'silence':
      return isSilenced(monitor, situation)
    case 'acknowledgement':
      return isAcknowledged(incidentId, situation)
    case 'maintenance':
      return config.maintenance.length > 0
    case 'dependency':
      return failingParent(monitor, situation) !== undefined
    case 'flapping':
      return false
  }
}
