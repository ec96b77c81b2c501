import { formatAge } from '../../../core/text/duration.ts'
import { DAY_MS, isoTime, localTime } from '../../../core/text/time.ts'

/** A time on the clock of this machine; its zone is named at the foot of the page. Unix epoch milliseconds. */
export function At({ ms, nowMs }: { ms: number; nowMs: number }) {
  return <time datetime={isoTime(ms)}>{localTime(ms, nowMs)}</time>
}

/** How long ago, `12m5s`; goes on counting where scripts run. */
export function Age({ sinceMs, nowMs }: { sinceMs: number; nowMs: number }) {
  return (
    <time datetime={isoTime(sinceMs)} data-age aria-live="off">
      {formatAge(nowMs - sinceMs)}
    </time>
  )
}

/** How long until then; counts down where scripts run. */
export function Until({ ms, nowMs }: { ms: number; nowMs: number }) {
  return (
    <time datetime={isoTime(ms)} data-until aria-live="off">
      {formatAge(Math.max(0, ms - nowMs))}
    </time>
  )
}

/** A day that ended or ends `daysAgo` days before that of `nowMs`, in UTC: `2026-03-01`. Pure. */
export function utcDay(nowMs: number, daysAgo: number): string {
  return isoTime(nowMs - daysAgo * DAY_MS).slice(0, 10)
}
