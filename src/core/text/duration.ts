import { DAY_MS, HOUR_MS, MINUTE_MS } from './time.ts'

const UNITS = [
  { name: 'y', ms: 365 * DAY_MS },
  { name: 'w', ms: 7 * DAY_MS },
  { name: 'd', ms: DAY_MS },
  { name: 'h', ms: HOUR_MS },
  { name: 'm', ms: MINUTE_MS },
  { name: 's', ms: 1000 },
  { name: 'ms', ms: 1 },
] as const

const DAYS_AND_BELOW = UNITS.slice(2)

/** Nobody means more; below it, sums of times stay exact integers. */
const LONGEST_MS = 100 * 365 * DAY_MS

const NUMBER = String.raw`\d+(?:\.\d+)?`

/** A duration as text: a number of seconds, or numbers with units, the largest unit first, each at most once. */
export const DURATION_PATTERN = new RegExp(
  `^(?=.)(?:(${NUMBER})|${UNITS.map(({ name }) => `(?:(${NUMBER})${name})?`).join('')})$`,
)

/**
 * Milliseconds of a duration: a number is seconds, a text is `300ms`, `30s`, `1m30s`, `2h`, `1d`, `2w`, `1y` (365 days)
 * or a bare number of seconds. Rounded to whole milliseconds; null for anything else and for more than 100 years.
 */
export function parseDuration(value: number | string): number | null {
  const ms = typeof value === 'number' ? value * 1000 : parseText(value)
  return ms >= 0 && ms <= LONGEST_MS ? Math.round(ms) : null
}

function parseText(text: string): number {
  const match = DURATION_PATTERN.exec(text)
  if (match === null) return Number.NaN
  const [, seconds, ...counts] = match
  if (seconds !== undefined) return Number(seconds) * 1000
  return UNITS.reduce((sum, unit, index) => sum + Number(counts[index] ?? 0) * unit.ms, 0)
}

/** The shortest text in days and below that `parseDuration` reads back as the same whole milliseconds. */
export function formatDuration(ms: number): string {
  let restMs = Math.round(ms)
  let text = ''
  for (const unit of DAYS_AND_BELOW) {
    const count = Math.floor(restMs / unit.ms)
    if (count > 0) text += `${count}${unit.name}`
    restMs -= count * unit.ms
  }
  return text === '' ? '0s' : text
}

/** How long something lasts, or how long ago it was, for people: rounded down to two units, `3d4h`, and to seconds, `12s`. */
export function formatAge(ms: number): string {
  const largest = DAYS_AND_BELOW.findIndex((unit) => ms >= unit.ms)
  const smallestMs = Math.max(1000, DAYS_AND_BELOW[largest + 1]?.ms ?? 0)
  return formatDuration(Math.max(0, Math.floor(ms / smallestMs) * smallestMs))
}
