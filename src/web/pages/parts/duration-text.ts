import { formatAge } from '../../../core/text/age.ts'

/** How long a check took, to three figures: `12 ms`, `1.23 s`, `2m5s`. Pure. */
export function durationText(ms: number): string {
  if (ms < 0.95) return '< 1 ms'
  if (ms < 999.5) return `${Math.round(ms)} ms`
  if (ms < 9_995) return `${(ms / 1000).toFixed(2)} s`
  return ms < 59_950 ? `${(ms / 1000).toFixed(1)} s` : formatAge(ms)
}
