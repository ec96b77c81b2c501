import { clockText, dateText } from './calendar.ts'

/**
 * A time (Unix epoch milliseconds) on the clock of this machine: `18:04`, with the date where the day is not today's, and
 * with seconds where it is less than ten minutes away.
 */
export function localTime(atMs: number, nowMs: number): string {
  const clock = clockText(atMs)
  const time = Math.abs(atMs - nowMs) < 600_000 ? clock : clock.slice(0, 'hh:mm'.length)
  return dateText(atMs) === dateText(nowMs) ? time : `${dateText(atMs)} ${time}`
}

/** The time that stands in why a monitor is kept quiet, as `muteOf` writes it. */
const TIME = /\d{4}-\d\d-\d\dT[\d:.]+Z/

/** `silenced until 18:04: moving` for the same with a time that only machines like to read. */
export function withLocalTime(reason: string, nowMs: number): string {
  return reason.replace(TIME, (time) => localTime(Date.parse(time), nowMs))
}

/** Until when a monitor is kept quiet, by what is said of it; for ever where no time is. */
export function untilMsOf(reason: string): number {
  const [time] = TIME.exec(reason) ?? []
  return time === undefined ? Number.POSITIVE_INFINITY : Date.parse(time)
}

/** Name of the time zone of this machine: `Europe/Berlin`. */
export function localZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone
}
