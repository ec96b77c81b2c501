import { Cron } from 'croner'
import { quoted } from './issue.ts'
import { complain, type Draft } from './loading.ts'

/** Finds a cron expression and a time zone that do not exist, among the keys that a map has itself. */
export function checkSchedule({ loading, entries, own }: Draft): void {
  const schedule = entries.get('schedule')?.value
  const timezone = entries.get('timezone')?.value
  if (schedule !== undefined && typeof own.schedule === 'string') {
    const trouble = cronTrouble(own.schedule)
    if (trouble !== null) complain(loading, schedule, trouble.message, trouble.hint)
  }
  if (timezone !== undefined && typeof own.timezone === 'string' && !isTimeZone(own.timezone)) {
    const message = `timezone ${quoted(own.timezone)} is not known on this machine`
    complain(loading, timezone, message, 'write a name such as Europe/Berlin or UTC')
  }
}

/** Finds a time zone without a schedule to use it. */
export function checkTimezoneUse({ loading, entries }: Draft, inheritedSchedule: string | undefined): void {
  const timezone = entries.get('timezone')
  if (timezone === undefined || entries.has('schedule')) return
  if (inheritedSchedule !== undefined && !entries.has('check_interval')) return
  complain(loading, timezone.key, 'timezone has no meaning without schedule', 'remove it')
}

function cronTrouble(expression: string): { readonly message: string; readonly hint: string } | null {
  const no = {
    message: `schedule must be a cron expression, not ${quoted(expression)}`,
    hint: 'write five fields: minute hour day month weekday, such as "*/5 8-18 * * 1-5"',
  }
  // The library accepts a date, too, which would be a monitor that is checked once.
  if (!/\s/.test(expression) && !expression.startsWith('@')) return no
  try {
    const next = new Cron(expression, { timezone: 'UTC', paused: true }).nextRun()
    return next === null
      ? { message: `schedule ${quoted(expression)} never matches`, hint: 'there is no such day' }
      : null
  } catch {
    return no
  }
}

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }) !== null
  } catch {
    return false
  }
}
