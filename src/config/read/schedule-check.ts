import { Cron } from 'croner'
import { cronRules } from '../../core/decide/schedule.ts'
import { isTimeZone, localZone } from '../../core/text/time.ts'
import type { Node } from '../yaml/node.ts'
import { quoted } from './issue.ts'
import { advise, complain, type Draft, type Loading, warn } from './loading.ts'

/** Finds a cron expression and a time zone that do not exist, among the keys that a map has itself. */
export function checkSchedule({ loading, entries, own }: Draft): void {
  const schedule = entries.get('schedule')?.value
  const timezone = entries.get('timezone')?.value
  if (schedule !== undefined && typeof own.schedule === 'string') {
    const trouble = cronTrouble(own.schedule)
    if (trouble !== null) complain(loading, schedule, trouble.message, trouble.hint)
    else if (meansEither(own.schedule)) {
      const message = `schedule ${quoted(own.schedule)} names days and weekdays, and runs on days that match either`
      advise(loading, schedule, message, 'write * in one of the two')
    }
    if (timezone === undefined) warnOfZone(loading, schedule)
  }
  if (timezone !== undefined && typeof own.timezone === 'string' && !isTimeZone(own.timezone)) {
    const message = `timezone ${quoted(own.timezone)} is not known on this machine`
    complain(loading, timezone, message, 'write a name such as Europe/Berlin or UTC')
  }
}

/** Warns once of a TZ that means something to other programs, but is UTC here. */
function warnOfZone(loading: Loading, schedule: Node): void {
  const { TZ = '' } = loading.surroundings.environment
  if (TZ === '' || isTimeZone(TZ.replace(/^:/, '')) || localZone() !== 'UTC') return
  const message = `TZ ${quoted(TZ)} is not understood, so schedules are in UTC`
  if (loading.warnings.some((warning) => warning.message === message)) return
  warn(
    { ...loading, subject: '' },
    schedule,
    message,
    'write timezone beside it, or set TZ to a name such as Europe/Berlin',
  )
}

/** Finds a time zone without a schedule to use it. */
export function checkTimezoneUse({ loading, entries }: Draft, inheritedSchedule: string | undefined): void {
  const timezone = entries.get('timezone')
  if (timezone === undefined || entries.has('schedule')) return
  if (inheritedSchedule !== undefined && !entries.has('check_interval')) return
  complain(loading, timezone.key, 'timezone has no meaning without schedule', 'remove it')
}

/** As cron has it: on the first of the month, and on every Monday besides. */
function meansEither(expression: string): boolean {
  return /^\S+\s/.test(expression.trim()) && !cronRules(expression).domAndDow
}

interface CronTrouble {
  readonly message: string
  readonly hint: string
}

/** Fields from the right, with what they take. */
const CRON_FIELDS = [
  { name: 'weekday', takes: '0-7 or SUN-SAT' },
  { name: 'month', takes: '1-12 or JAN-DEC' },
  { name: 'day', takes: '1-31, or L for the last' },
  { name: 'hour', takes: '0-23' },
  { name: 'minute', takes: '0-59' },
  { name: 'second', takes: '0-59' },
] as const

const FIVE_FIELDS = 'write five fields: minute hour day month weekday, such as "*/5 8-18 * * 1-5"'

function cronTrouble(expression: string): CronTrouble | null {
  const no = (hint: string) => ({ message: `schedule must be a cron expression, not ${quoted(expression)}`, hint })
  const fields = expression.trim().split(/\s+/)
  if (expression.trim().startsWith('@')) {
    if (isCron(expression)) return null
    return no('write @hourly, @daily, @weekly, @monthly or @yearly, five fields, or an interval instead')
  }
  // The library accepts a date, too, which would be a monitor that is checked once.
  if (fields.length === 1) return no(FIVE_FIELDS)
  if (fields.length > 6) return no(`${FIVE_FIELDS}; a sixth, in front, is seconds, and there are no years`)
  if (fields.length < 5) return no(FIVE_FIELDS)
  for (const [index, field] of fields.toReversed().entries()) {
    const alone = CRON_FIELDS.map((_, place) => (place === index ? field : '*')).toReversed()
    const { name, takes } = CRON_FIELDS[index] ?? CRON_FIELDS[0]
    if (!isCron(alone.join(' '))) return no(fieldHint({ name, takes, field, isLong: fields.length === 6 }))
  }
  if (!isCron(expression)) return no(FIVE_FIELDS)
  const next = new Cron(expression, { ...cronRules(expression), timezone: 'UTC', paused: true }).nextRun()
  return next === null
    ? { message: `schedule ${quoted(expression)} never matches`, hint: 'there is no such day' }
    : null
}

function fieldHint(wrong: { name: string; takes: string; field: string; isLong: boolean }): string {
  const { name, takes, field, isLong } = wrong
  const ways = `it takes ${takes}: as * or */2, one, a range from low to high, with /2 behind it, or a list of these`
  return `the ${name} is ${quoted(field)}; ${ways}${isLong ? '; with six fields the first is seconds' : ''}`
}

function isCron(expression: string): boolean {
  try {
    return new Cron(expression, { ...cronRules(expression), timezone: 'UTC', paused: true }) !== null
  } catch {
    return false
  }
}
