import type { MuteChange } from '../../core/model/mute.ts'
import type { Ping } from '../../core/model/ping.ts'
import type { Change, Departure, Unwatched } from '../../core/model/ports.ts'
import type { Delivery, MonitorState } from '../../core/model/types.ts'

/** One thing to be kept, whole or not at all. Times are Unix epoch milliseconds. */
export type Write =
  | { readonly kind: 'check'; readonly change: Change }
  | { readonly kind: 'ping'; readonly ping: Ping }
  | { readonly kind: 'delivery'; readonly delivery: Delivery; readonly following: readonly Delivery[] }
  | { readonly kind: 'unwatched'; readonly unwatched: Unwatched }
  | { readonly kind: 'mutes'; readonly change: MuteChange }
  | { readonly kind: 'departure'; readonly departure: Departure }
  /** What a monitor's state is now, where no check says so or the checks that led to it were lost. */
  | { readonly kind: 'state'; readonly monitor: string; readonly state: MonitorState; readonly slotAtMs: number | null }
  /** All that is pending now: what else the file has as pending was settled meanwhile. */
  | { readonly kind: 'pending'; readonly deliveries: readonly Delivery[] }
