import type { Action } from '../model/action.ts'
import { because, isSameTarget, targetFields, targetText } from '../model/mute.ts'
import { plural } from '../text/plural.ts'
import { isoTime, type TimeText } from '../text/time.ts'
import { event, type PastEvent } from './events.ts'

/** What somebody did, in words. `monitor` is what a list is about anyway: its name is left out. */
export function actionEvent(action: Action, time: TimeText, monitor: string | null = null): PastEvent {
  const { kind, atMs, target, untilMs, who, reason, address, count } = action
  const isKnown = target === null || (monitor !== null && isSameTarget(target, { monitor }))
  const parts = [
    isKnown ? '' : ` ${targetText(target)}`,
    untilMs === null ? '' : kind === 'unsilenced' ? ` (was until ${time(untilMs)})` : ` until ${time(untilMs)}`,
    // Whoever failed to sign in need not be who they said.
    because({ who: kind === 'sign_in_failed' ? '' : who, reason }),
    kind === 'sign_in_failed' ? ` as "${who}"` : '',
    address === '' ? '' : ` from ${address}`,
    count > 1 ? `, ${plural(count, 'time')}` : '',
  ]
  return event(atMs, kind.replaceAll('_', ' ').replace('sign in', 'sign-in'), parts.join('').trim())
}

/** For machines; `mask` hides secrets in what people typed. */
export function actionJson(action: Action, mask: (text: string) => string) {
  const { kind, atMs, who, target, untilMs, reason, address, count } = action
  return {
    at: isoTime(atMs),
    kind,
    who: mask(who),
    ...(target === null ? { monitor: null, tag: null, group: null } : targetFields(target)),
    until: isoTime(untilMs),
    reason: mask(reason),
    address,
    count,
  }
}
