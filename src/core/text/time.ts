export const SECOND_MS = 1000
export const MINUTE_MS = 60 * SECOND_MS
export const HOUR_MS = 60 * MINUTE_MS
export const DAY_MS = 24 * HOUR_MS

/**
 * A time (Unix epoch milliseconds) on the clock of this machine: `18:04`, with the date where the day is not today's, and
 * with seconds where it is less than ten minutes away.
 */
export function localTime(atMs: number, nowMs: number): string {
  const clock = clockText(atMs)
  const time = Math.abs(atMs - nowMs) < 10 * MINUTE_MS ? clock : clock.slice(0, 'hh:mm'.length)
  return dateText(atMs) === dateText(nowMs) ? time : `${dateText(atMs)} ${time}`
}

/** Name of the time zone of this machine: `Europe/Berlin`. */
export function localZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone
}

/** Times (Unix epoch milliseconds) on the clock of this machine. */
export function dateText(atMs: number): string {
  const at = new Date(atMs)
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`
}

export function clockText(atMs: number): string {
  const at = new Date(atMs)
  return `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`
}

export function dateAndClock(atMs: number): string {
  return `${dateText(atMs)} ${clockText(atMs)}`
}

/** The clock's time, with the date where it is not the day of `dayMs`. */
export function clockOnDay(atMs: number, dayMs: number): string {
  return dateText(atMs) === dateText(dayMs) ? clockText(atMs) : dateAndClock(atMs)
}

function two(number: number): string {
  return String(number).padStart(2, '0')
}

/** A time (Unix epoch milliseconds) for machines: ISO 8601 in UTC, or null. */
export function isoTime(atMs: number): string
export function isoTime(atMs: number | null): string | null
export function isoTime(atMs: number | null): string | null {
  return atMs === null ? null : new Date(Math.round(atMs)).toISOString()
}

/** Rounded to hundredths of a millisecond: nobody needs more. */
export function roundedMs(ms: number): number
export function roundedMs(ms: number | null): number | null
export function roundedMs(ms: number | null): number | null {
  return ms === null ? null : Math.round(ms * 100) / 100
}
