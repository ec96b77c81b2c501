import type { AlertAfter, AlertEvery, Threshold } from '../../core/model/types.ts'
import { parseDuration } from '../../core/text/duration.ts'

/** A longer memory of single checks serves nobody and costs memory. */
export const LARGEST_WINDOW = 1000

const INTEGER = /^-?\d{1,9}$/
const OF = /^(\d{1,9})\s+of\s+(\d{1,9})$/

/** `3` (failures), `5m` (time); null for anything else and for less than one failure or no time. Pure. */
export function readThreshold(value: number | string): Threshold | null {
  if (typeof value === 'number' || INTEGER.test(value)) {
    const count = Number(value)
    return Number.isSafeInteger(count) && count >= 1 ? { kind: 'failures', count } : null
  }
  const ms = parseDuration(value)
  return ms === null || ms === 0 ? null : { kind: 'time', ms }
}

/** The same, and `3 of 5`; minitor-go's `0` is at the first failure. Pure. */
export function readAlertAfter(value: number | string): AlertAfter | null {
  if (value === 0 || value === '0') return { kind: 'failures', count: 1 }
  const [, count, window] = typeof value === 'string' ? (OF.exec(value) ?? []) : []
  if (count === undefined || window === undefined) return readThreshold(value)
  const isPossible = Number(count) >= 1 && Number(count) <= Number(window) && Number(window) <= LARGEST_WINDOW
  return isPossible ? { kind: 'of', count: Number(count), window: Number(window) } : null
}

/** Negative is backoff, `0` is once; else as a threshold. Pure. */
export function readAlertEvery(value: number | string): AlertEvery | null {
  const count = typeof value === 'number' || INTEGER.test(value) ? Number(value) : null
  if (count === 0) return { kind: 'once' }
  if (count !== null && count < 0) return Number.isSafeInteger(count) ? { kind: 'backoff' } : null
  return readThreshold(value)
}
