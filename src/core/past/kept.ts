import type { Acknowledgement } from '../model/mute.ts'
import type { Ping } from '../model/ports.ts'
import type { ConcludedCheck } from '../model/present.ts'
import type { Delivery, Notification } from '../model/types.ts'
import { plural } from '../text/plural.ts'
import { DAY_MS } from '../text/time.ts'

/** The windows of uptimes, each up to now: its length, and the roll-ups that it sums. */
export const WINDOWS = {
  '24h': { lengthMs: DAY_MS, span: 'hour' },
  '7d': { lengthMs: 7 * DAY_MS, span: 'hour' },
  '30d': { lengthMs: 30 * DAY_MS, span: 'day' },
  '90d': { lengthMs: 90 * DAY_MS, span: 'day' },
  '365d': { lengthMs: 365 * DAY_MS, span: 'day' },
} as const satisfies Record<string, { lengthMs: number; span: 'hour' | 'day' }>
export type WindowName = keyof typeof WINDOWS
export const WINDOW_NAMES = Object.keys(WINDOWS) as readonly WindowName[]

/** The share of the watched time that a monitor was up, from 0 to 1; null if it was not watched. */
export type Uptimes = Readonly<Record<WindowName, number | null>>

/** A check as it is in the database: without a reason if it passed, without the output of passes after passes. */
export type KeptCheck = ConcludedCheck

/** Whether a check passed, and everywhere: its reason says nothing more. */
export function isPlainPass({ outcome, places = [] }: Pick<KeptCheck, 'outcome' | 'places'>): boolean {
  return outcome === 'passed' && places.every((place) => place.outcome === 'passed')
}

/** What a bar or a chart shows of a check. Times are Unix epoch milliseconds. */
export type CheckPoint = Pick<KeptCheck, 'startedAtMs' | 'outcome' | 'durationMs' | 'isPlanned'>

/** An incident in the database. Times are Unix epoch milliseconds. */
export interface KeptIncident {
  readonly id: string
  readonly monitor: string
  /** Start of the first failing check. */
  readonly startedAtMs: number
  /** Start of the check that reached `alert_after`. */
  readonly openedAtMs: number
  /** Null while it is open. */
  readonly endedAtMs: number | null
  readonly ending: 'recovered' | 'removed' | 'paused' | null
  readonly failureCount: number
  readonly firstReason: string
  readonly firstOutput: string
  readonly lastReason: string
  readonly lastOutput: string
  readonly acknowledged: Pick<Acknowledgement, 'atMs' | 'reason' | 'who'> | null
  /** End of the maintenance in which it was opened, as it was planned then; null for none. */
  readonly plannedUntilMs: number | null
  readonly notificationCount: number
}

/** The delivery of one notification by one alert. */
export type KeptDelivery = Pick<Delivery, 'alert' | 'status' | 'attemptCount' | 'reason'>

/** A notification in the database. `atMs` is Unix epoch milliseconds. */
export interface KeptNotification extends Pick<Notification, 'id' | 'incidentId' | 'kind' | 'atMs' | 'alerts'> {
  /** In the order they were made, including those of fallbacks. */
  readonly deliveries: readonly KeptDelivery[]
}

/** A ping in the database. */
export type KeptPing = Omit<Ping, 'monitor'>

/** The result of a delivery in words: `mail delivered after 3 attempts`. */
export function describeDelivery({ alert, status, attemptCount, reason }: KeptDelivery): string {
  const attempts = attemptCount > 1 ? ` after ${plural(attemptCount, 'attempt')}` : ''
  const because = reason === '' ? '' : `: ${reason}`
  switch (status) {
    case 'delivered':
      return `${alert} delivered${attempts}`
    case 'failed':
      return `${alert} could not be delivered${attempts}${because}`
    case 'pending':
      return attemptCount === 0 ? `${alert} pending` : `${alert} still pending${attempts}${because}`
    case 'dropped':
      return `${alert} dropped${because}`
    case 'handed_over':
      return `${alert} handed over to its fallback${attempts}${because}`
  }
}
