export const SECOND_MS = 1000
export const MINUTE_MS = 60 * SECOND_MS
export const HOUR_MS = 60 * MINUTE_MS
export const DAY_MS = 24 * HOUR_MS

/** How a time (Unix epoch milliseconds) is written in a text. */
export type TimeText = (atMs: number) => string

/**
 * A time (Unix epoch milliseconds) on the clock of a zone, or of this machine: `18:04`, with the date where the day is not
 * today's, and with seconds where it is less than ten minutes away.
 */
export function localTime(atMs: number, nowMs: number, zone: string | null = null): string {
  const [date = '', clock = ''] = stampIn(zone, atMs)
  const time = Math.abs(atMs - nowMs) < 10 * MINUTE_MS ? clock : clock.slice(0, 'hh:mm'.length)
  return date === stampIn(zone, nowMs)[0] ? time : `${date} ${time}`
}

/** The same with its date and seconds, and the name of the zone: `2026-03-01 18:04:05 (Europe/Berlin)`. */
export function wholeTime(atMs: number, zone: string | null = null): string {
  return `${stampIn(zone, atMs).join(' ')} (${zone ?? localZone()})`
}

/** To make one takes long. */
const formats = new Map<string, Intl.DateTimeFormat>()

function stampIn(zone: string | null, atMs: number): string[] {
  if (zone === null) return [dateText(atMs), clockText(atMs)]
  // The only locale that writes dates as ISO 8601 and times with 24 hours.
  const options = { dateStyle: 'short', timeStyle: 'medium', timeZone: zone } as const
  const format = formats.get(zone) ?? new Intl.DateTimeFormat('sv-SE', options)
  formats.set(zone, format)
  return format.format(atMs).split(' ')
}

export function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name })
    return true
  } catch {
    return false
  }
}

const ISO_TIME = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/g

/** A text of Minitor with the times in it, which are stored as `2026-03-01T12:00:00Z`, written for who reads it. */
export function withTimes(text: string, time: TimeText): string {
  return text.replace(ISO_TIME, (iso) => time(Date.parse(iso)))
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
