import type { SilenceTarget } from './mute.ts'

export const ACTION_KINDS = [
  'silenced',
  'unsilenced',
  'acknowledged',
  'unacknowledged',
  'paused',
  'resumed',
  'announced',
  'announcement_ended',
  'signed_in',
  'sign_in_failed',
  'signed_out',
  'sessions_ended',
] as const

/** Something that a person, or a program with a token, did. Times are Unix epoch milliseconds. */
export interface Action {
  readonly kind: (typeof ACTION_KINDS)[number]
  readonly atMs: number
  /** Whose doing it was, in words; for a failed sign-in, whatever name was typed. Empty where it is not known. */
  readonly who: string
  /** What it was about; null for announcements and sign-ins. */
  readonly target: SilenceTarget | null
  /** When it ends by itself, or would have: what was ended early had an end, too. Null if it does not. */
  readonly untilMs: number | null
  /** Why, or the text of an announcement; may be empty. */
  readonly reason: string
  /** The address that a sign-in came from, of several that failed their network; else empty. */
  readonly address: string
  /** Failed sign-ins from one network are one action. Else 1. */
  readonly count: number
}

/** An action without what it does not say. */
export function actionOf(action: Pick<Action, 'kind' | 'atMs' | 'who'> & Partial<Action>): Action {
  return { target: null, untilMs: null, reason: '', address: '', count: 1, ...action }
}

/** How many networks with failed sign-ins are remembered: those of the last ones. */
export const FAILED_SIGN_INS = 200

/** Adds a failed sign-in to those before, by network; the oldest are forgotten. */
export function withFailedSignIn(before: readonly Action[], failed: Action): readonly Action[] {
  const earlier = before.find(({ address }) => address === failed.address)
  const others = before.filter((one) => one !== earlier)
  return [...others, { ...failed, count: (earlier?.count ?? 0) + failed.count }].slice(-FAILED_SIGN_INS)
}
