import type { MonitorState } from './types.ts'

/** Where a monitor stands, in the one word that matters most. In the order in which people want to hear of it. */
export const STANDINGS = ['down', 'failing', 'flapping', 'pending', 'up', 'paused'] as const
export type Standing = (typeof STANDINGS)[number]

/** While it flaps, `up` and `failing` say little. Pure. */
export function standingOf({ status, flapping }: Pick<MonitorState, 'status' | 'flapping'>): Standing {
  return flapping !== null && (status === 'up' || status === 'failing') ? 'flapping' : status
}
