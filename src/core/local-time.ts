const DAY_MS = 86_400_000

/**
 * A time (Unix epoch milliseconds) on the clock of this machine: `18:04`, with the date where the day is not today's, and
 * with seconds where it is less than ten minutes away.
 */
export function localTime(atMs: number, nowMs: number): string {
  const at = parts(atMs)
  const isToday = at.date === parts(nowMs).date && Math.abs(atMs - nowMs) < DAY_MS
  const time = Math.abs(atMs - nowMs) < 600_000 ? `${at.time}:${at.second}` : at.time
  return isToday ? time : `${at.date} ${time}`
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

function parts(atMs: number) {
  const at = new Date(atMs)
  const two = (number: number) => String(number).padStart(2, '0')
  return {
    date: `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`,
    time: `${two(at.getHours())}:${two(at.getMinutes())}`,
    second: two(at.getSeconds()),
  }
}
