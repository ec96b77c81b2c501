import type { MonitorState } from './types.ts'

/** Where a monitor stands, in the one word that matters most. In the order in which people want to hear of it. */
export const STANDINGS = ['down', 'failing', 'flapping', 'pending', 'up', 'paused'] as const
export type Standing = (typeof STANDINGS)[number]

export type StandingCounts = Readonly<Record<Standing, number>>

type Stated = Pick<MonitorState, 'status' | 'flapping'>

/** While it flaps, `up` and `failing` say little. Pure. */
export function standingOf({ status, flapping }: Stated): Standing {
  return flapping !== null && (status === 'up' || status === 'failing') ? 'flapping' : status
}

/** How many monitors stand where. Pure. */
export function countStandings(monitors: Iterable<{ readonly state: Stated }>): StandingCounts {
  const counts = { down: 0, failing: 0, flapping: 0, pending: 0, up: 0, paused: 0 }
  for (const { state } of monitors) counts[standingOf(state)]++
  return counts
}
