import type { PresentMonitor } from '../model/present.ts'
import { STANDINGS, type Standing, standingOf } from '../model/state.ts'
import { isPlainPass, type KeptCheck } from './kept.ts'
import type { MonitorPast } from './past.ts'

/** What is known of a monitor now, by the daemon or, after it, from its database. */
export type MonitorNow = Pick<PresentMonitor, 'monitor' | 'state' | 'statusSinceMs' | 'mute'> & {
  /** Null where nothing but the past knows of one. */
  readonly lastCheck: KeptCheck | null
}

/** A monitor as everybody sees it: the terminal, the pages, the API and the badges. Times are Unix epoch milliseconds. */
export interface MonitorView extends MonitorNow {
  readonly standing: Standing
  /** Since when it stands there; null where nobody knows, and in a maintenance. */
  readonly sinceMs: number | null
  /** Null before the first one that could be made, and while it is paused: an old check says nothing of now. */
  readonly lastCheck: KeptCheck | null
  /** Null until it was read. */
  readonly past: MonitorPast | null
}

/** Present and past of a monitor in one. A view may be given as the present, to be seen with another past. */
export function viewOf<Now extends MonitorNow>(now: Now, past: MonitorPast | null): Now & MonitorView {
  const standing = standingOf(now.state, now.mute)
  const check = checkOfNow(now, now.lastCheck ?? past?.lastCheck ?? null)
  return {
    ...now,
    standing,
    sinceMs: standing === 'maintenance' ? null : sinceOf(now, past),
    // `exit code 0` is no reason.
    lastCheck: check !== null && isPlainPass(check) && check.reason !== '' ? { ...check, reason: '' } : check,
    past,
  }
}

/** The check, unless it is one of a time before this. One that could not be made is why a monitor is still pending. */
function checkOfNow({ state }: MonitorNow, check: KeptCheck | null): KeptCheck | null {
  if (state.status === 'paused' || (state.status === 'pending' && check?.outcome !== 'void')) return null
  return check
}

/**
 * Since when a monitor stands where it does. An outage counts from its first failing check, flapping from when it was
 * noticed. The database knows best since when a monitor is up or paused: a daemon knows only what happened in its life.
 */
function sinceOf({ monitor, state, statusSinceMs }: MonitorNow, past: MonitorPast | null): number | null {
  switch (standingOf(state, null)) {
    case 'down':
    case 'failing':
      return state.outageStartedAtMs ?? statusSinceMs
    case 'flapping':
      return state.flapping?.startedAtMs ?? null
    case 'up':
      return past?.upSinceMs ?? statusSinceMs
    case 'paused':
      return monitor.paused?.sinceMs ?? past?.leftAtMs ?? statusSinceMs
    case 'pending':
    case 'maintenance':
      return null
  }
}

/** Whether something keeps a monitor quiet that its standing does not say. */
export function isMuted({ mute, standing }: Pick<MonitorView, 'mute' | 'standing'>): boolean {
  return mute !== null && mute.by !== standing
}

/** End of the maintenance that a monitor is in; null outside of any. */
export function maintenanceUntil({ mute }: Pick<MonitorView, 'mute'>): number | null {
  return mute?.by === 'maintenance' ? mute.untilMs : null
}

/** What needs somebody's eyes. */
export const TROUBLES: readonly Standing[] = ['down', 'failing', 'flapping']

export function isTroubled({ standing }: Pick<MonitorView, 'standing'>): boolean {
  return TROUBLES.includes(standing)
}

/**
 * The order in which people want to hear of monitors: worst first, muted trouble after trouble of the same kind that is
 * not, new trouble before old. What is alike otherwise keeps its order.
 */
export function worstFirst<View extends Pick<MonitorView, 'standing' | 'sinceMs' | 'mute'>>(
  views: readonly View[],
): View[] {
  const beganAtMs = (view: View) => (isTroubled(view) ? (view.sinceMs ?? 0) : 0)
  return views.toSorted((one, other) => rankOf(one) - rankOf(other) || beganAtMs(other) - beganAtMs(one))
}

function rankOf(view: Pick<MonitorView, 'standing' | 'mute'>): number {
  // Flapping alone mutes a monitor.
  const isMuted = view.mute !== null && view.mute.by !== 'flapping' && isTroubled(view)
  return STANDINGS.indexOf(view.standing) + (isMuted ? 0.5 : 0)
}
