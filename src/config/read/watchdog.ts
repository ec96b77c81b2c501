import type { Watchdog } from '../../core/model/config.ts'
import { defaultOf } from '../schema/field.ts'
import { watchdogShape } from '../schema/sections.ts'
import { checkCommand } from './check-command.ts'
import type { TopLevel } from './settings.ts'
import { toCommand } from './to-command.ts'

/** The watchdog that the configuration has; null where it has none, or one with mistakes. */
export function readWatchdog({ loading, entries, own }: TopLevel): Watchdog | null {
  const entry = entries.get('watchdog')
  if (entry?.value.kind !== 'mapping') return null
  const drafting = { loading, entries: entry.value.entries, subject: 'watchdog' }
  checkCommand(drafting, { place: entry.key, known: Object.keys(watchdogShape) })
  const { watchdog = {} } = own
  const command = toCommand(watchdog)
  if (command === null) return null
  return { command, intervalMs: watchdog.interval ?? defaultOf(watchdogShape.interval) }
}
