import { createHash } from 'node:crypto'
import type { Config } from '../../core/model/config.ts'
import { exactText } from '../../core/model/config-changes.ts'
import type { AlertTrial } from '../../core/model/ports.ts'
import type { Alert } from '../../core/model/types.ts'
import type { AttemptResult } from './attempt.ts'

/** How an alert went at an attempt. */
export function trialOf(alert: Alert, { isDelivered, reason }: AttemptResult, atMs: number): AlertTrial {
  const { name } = alert
  return { alert: name, fingerprint: fingerprintOf(alert), atMs, isDelivered, reason: isDelivered ? '' : reason }
}

/** The same for equal parts of a configuration, and for no others. Tells nothing of what is in them. */
export function fingerprintOf(value: unknown): string {
  return createHash('sha256').update(exactText(value)).digest('hex')
}

/** Which configuration it is, wherever its files are. */
export function configFingerprint(config: Config): string {
  return fingerprintOf({ ...config, database: null })
}
