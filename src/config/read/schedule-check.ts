import { Cron } from 'croner'
import { quoted } from './issue.ts'
import { complain, type Drafting } from './loading.ts'

export interface ScheduleValues {
  readonly schedule?: string | undefined
  readonly timezone?: string | undefined
}

/** Finds cron expressions and time zones that do not exist, among the keys that a map has itself. */
export function checkSchedule({ loading, entries, subject }: Drafting, values: ScheduleValues): void {
  const schedule = entries.get('schedule')?.value
  const timezone = entries.get('timezone')?.value
  if (schedule !== undefined && values.schedule !== undefined) {
    const trouble = cronTrouble(values.schedule)
    if (trouble !== null) complain(loading, schedule, { subject, ...trouble })
  }
  if (timezone !== undefined && values.timezone !== undefined && !isTimeZone(values.timezone)) {
    const message = `timezone ${quoted(values.timezone)} is not known on this machine`
    complain(loading, timezone, { subject, message, hint: 'write a name such as Europe/Berlin or UTC' })
  }
}

/** Finds a time zone that nothing uses. */
export function checkTimezoneUse({ loading, entries, subject }: Drafting, inherited: ScheduleValues): void {
  const timezone = entries.get('timezone')
  if (timezone === undefined || entries.has('schedule')) return
  if (inherited.schedule !== undefined && !entries.has('check_interval')) return
  complain(loading, timezone.key, { subject, message: 'timezone has no meaning without schedule', hint: 'remove it' })
}

function cronTrouble(expression: string): { readonly message: string; readonly hint: string | null } | null {
  const no = {
    message: `schedule must be a cron expression, not ${quoted(expression)}`,
    hint: 'write five fields: minute hour day month weekday, such as "*/5 8-18 * * 1-5"',
  }
  // The library takes a date, too; that would be a monitor that is checked once.
  if (!/\s/.test(expression) && !expression.startsWith('@')) return no
  try {
    const next = new Cron(expression, { timezone: 'UTC', paused: true }).nextRun()
    return next === null ? { message: `schedule ${quoted(expression)} never comes`, hint: 'no such day exists' } : null
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
