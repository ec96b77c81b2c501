import { scaleOf } from '../../../core/model/unit.ts'
import { formatAge } from '../../../core/text/duration.ts'
import { DAY_MS, isoTime, localTime } from '../../../core/text/time.ts'
import type { Visit } from './visit.ts'

/** A time in the zone that is named at the foot of the page; where scripts run, the viewer's. Unix epoch milliseconds. */
export function At({ ms, visit: { nowMs, zone } }: { ms: number; visit: Visit }) {
  return <time datetime={isoTime(ms)}>{localTime(ms, nowMs, zone)}</time>
}

/** A name that may go on in the next line after the signs in it, and nowhere else. */
export function Breakable({ text }: { text: string }) {
  return (
    <>
      {text.split(/(?<=[./_@:-])(?=.)/).map((part, index) => (
        <>
          {index > 0 && <wbr />}
          {part}
        </>
      ))}
    </>
  )
}

// Private characters: a text that has them by itself shows a time at worst.
const MARKED = /\ue000(\d+)\ue001/

/** Marks a time in a text for `Timed`. */
export function marked(ms: number): string {
  return `\ue000${Math.round(ms)}\ue001`
}

/** A text on one line in which the marked times are times. */
export function Timed({ text, visit }: { text: string; visit: Visit }) {
  return (
    <>
      {text
        .split(MARKED)
        .map((part, index) => (index % 2 === 0 ? visit.shown(part) : <At ms={Number(part)} visit={visit} />))}
    </>
  )
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

const PREFIXES = { 1: [''], 1000: ['', 'k', 'M', 'G', 'T', 'P'], 1024: ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi'] } as const
/** A check's own duration is no finer; what a plugin measures may be. */
const SHORT_MS = 10

/** A value with its unit, as in performance data of Nagios, for people: `12 ms`, `3.4 GB`, `87%`. Null is `–`. */
export function measureText(value: number | null, unit: string): string {
  if (value === null) return '–'
  const { unit: bare, factor, step } = scaleOf(unit)
  const scaled = value * factor
  if (bare === 's' && scaled >= 0) {
    const ms = scaled * 1000
    return ms > 0 && ms < SHORT_MS ? `${compact(ms)} ms` : durationText(ms)
  }
  if (bare === '%') return `${compact(scaled)}%`
  const prefixes = PREFIXES[step]
  const power = step === 1 ? 0 : Math.floor(Math.log(Math.abs(scaled) || 1) / Math.log(step) + 1e-9)
  const shown = Math.min(prefixes.length - 1, Math.max(0, power))
  const text = step === 1 ? String(Number(scaled.toPrecision(6))) : compact(scaled / step ** shown)
  const suffix = `${prefixes[shown]}${bare}`
  return suffix === '' ? text : `${text} ${suffix}`
}

function compact(value: number): string {
  return String(Number(value.toPrecision(3)))
}
