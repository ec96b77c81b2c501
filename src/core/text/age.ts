import { formatDuration } from './duration.ts'

const UNITS_MS = [86_400_000, 3_600_000, 60_000, 1000] as const

/** How long something lasts or is past, for people: rounded down to two units, `3d4h` or `12s`. Pure. */
export function formatAge(ms: number): string {
  const largest = UNITS_MS.findIndex((unitMs) => ms >= unitMs)
  const smallestMs = largest < 0 ? 1000 : (UNITS_MS[largest + 1] ?? 1000)
  return formatDuration(Math.max(0, Math.floor(ms / smallestMs) * smallestMs))
}
