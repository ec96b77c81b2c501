import type { Guard } from '../../core/model/config.ts'
import { guardShape } from '../schema/sections.ts'
import { checkCommand } from './check-command.ts'
import { BUILT_IN, type TopLevel } from './settings.ts'
import { toCommand } from './to-command.ts'
import { defaultTimeoutMs } from './to-monitor.ts'

/** The guard that the configuration has; null where it has none, or one with mistakes. */
export function readGuard({ loading, entries, own }: TopLevel): Guard | null {
  const entry = entries.get('guard')
  if (entry?.value.kind !== 'mapping') return null
  const drafting = { loading, entries: entry.value.entries, subject: 'guard' }
  checkCommand(drafting, { place: entry.key, known: Object.keys(guardShape) })
  const { guard = {} } = own
  const command = toCommand(guard)
  if (command === null) return null
  const intervalMs = guard.check_interval ?? own.check_interval ?? BUILT_IN.checkIntervalMs
  return { command, intervalMs, timeoutMs: guard.timeout ?? defaultTimeoutMs({ kind: 'interval', intervalMs }) }
}
