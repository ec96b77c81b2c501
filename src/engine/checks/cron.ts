import { Cron } from 'croner'
import { cronRules } from '../../core/decide/schedule.ts'
import { DAY_MS } from '../../core/text/time.ts'

/** Returns the next time (Unix epoch milliseconds) after a given one; null if there is none. */
export type CronSchedule = (afterMs: number) => number | null

/**
 * A cron schedule in its time zone (null: the machine's). Through daylight saving time it runs once in a repeated hour
 * and, where its hour is fixed, once for a skipped one: at the moment of the jump, as Vixie cron does. The library
 * does the latter only for a single minute, so the jump is found here.
 */
export function createCronSchedule(expression: string, timezone: string | null): CronSchedule {
  const zone = timezone ?? Intl.DateTimeFormat().resolvedOptions().timeZone
  const rules = { ...cronRules(expression), paused: true }
  const inZone = new Cron(expression, { ...rules, timezone: zone })
  const onPaper = new Cron(expression, { ...rules, timezone: 'UTC' })
  const offsetMs = zoneOffset(zone)

  const isSkipped = (jumpMs: number) => {
    const fromMs = jumpMs + offsetMs(jumpMs - 1)
    const toMs = jumpMs + offsetMs(jumpMs)
    const first = onPaper.nextRun(new Date(fromMs - 1))
    return first !== null && first.getTime() < toMs
  }

  return (afterMs) => {
    const next = inZone.nextRun(new Date(afterMs))?.getTime() ?? null
    if (hasAnyHour(expression)) return next
    const jumpMs = firstJump(offsetMs, afterMs, next ?? afterMs + LONGEST_SEARCH_MS)
    return jumpMs !== null && isSkipped(jumpMs) ? jumpMs : next
  }
}

/** Every zone with daylight saving time jumps at least once in this time. */
const LONGEST_SEARCH_MS = 366 * DAY_MS

function hasAnyHour(expression: string): boolean {
  const fields = expression.trim().split(/\s+/)
  if (fields.length < 5) return fields[0] === '@hourly'
  return /^[*?]/.test(fields[fields.length - 4] ?? '')
}

/** The first moment in (fromMs, toMs) at which the zone's clocks jump forward. */
function firstJump(offsetMs: (atMs: number) => number, fromMs: number, toMs: number): number | null {
  const endMs = Math.min(toMs, fromMs + LONGEST_SEARCH_MS)
  for (let dayMs = fromMs; dayMs < endMs; dayMs += DAY_MS) {
    let beforeMs = dayMs
    let afterMs = Math.min(dayMs + DAY_MS, endMs)
    if (offsetMs(afterMs) <= offsetMs(beforeMs)) continue
    while (afterMs - beforeMs > 1) {
      const middleMs = Math.floor((beforeMs + afterMs) / 2)
      if (offsetMs(middleMs) > offsetMs(dayMs)) afterMs = middleMs
      else beforeMs = middleMs
    }
    return afterMs
  }
  return null
}

/** How far a zone's clocks are ahead of UTC at a moment. */
function zoneOffset(zone: string): (atMs: number) => number {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  })
  return (atMs) => {
    const parts = Object.fromEntries(format.formatToParts(atMs).map(({ type, value }) => [type, Number(value)]))
    const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts
    return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(atMs / 1000) * 1000
  }
}
