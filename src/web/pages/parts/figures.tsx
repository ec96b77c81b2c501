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

/** A day that ended or ends `daysAgo` days before that of `nowMs`, in UTC: `2026-03-01`. */
export function utcDay(nowMs: number, daysAgo: number): string {
  return isoTime(nowMs - daysAgo * DAY_MS).slice(0, 10)
}

/** How long a check took, to three figures: `12 ms`, `1.23 s`, `2m5s`. */
export function durationText(ms: number): string {
  if (ms < 0.95) return '< 1 ms'
  if (ms < 999.5) return `${Math.round(ms)} ms`
  if (ms < 9_995) return `${(ms / 1000).toFixed(2)} s`
  return ms < 59_950 ? `${(ms / 1000).toFixed(1)} s` : formatAge(ms)
}

const SECONDS: Readonly<Record<string, number>> = { s: 1000, ms: 1, us: 0.001 }
const LARGE = ['', 'k', 'M', 'G', 'T', 'P'] as const

/** A value with its unit, as in performance data of Nagios, for people: `12 ms`, `3.4 GB`, `87%`. Null is `–`. */
export function measureText(value: number | null, unit: string): string {
  if (value === null) return '–'
  const inMs = SECONDS[unit]
  if (inMs !== undefined && value >= 0) return durationText(value * inMs)
  if (unit === '%') return `${compact(value)}%`
  const power = Math.min(LARGE.length - 1, Math.max(0, Math.floor(Math.log10(Math.abs(value) || 1) / 3)))
  const prefix = LARGE[power] ?? ''
  const text = compact(value / 1000 ** power)
  const suffix = `${prefix}${unit === 'c' ? '' : unit}`
  return suffix === '' ? text : `${text} ${suffix}`
}

function compact(value: number): string {
  return String(Number(value.toPrecision(3)))
}
