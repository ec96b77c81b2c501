/** Times have microseconds; nobody needs more than hundredths of a millisecond. Pure. */
export function roundedMs(ms: number): number
export function roundedMs(ms: number | null): number | null
export function roundedMs(ms: number | null): number | null {
  return ms === null ? null : Math.round(ms * 100) / 100
}
