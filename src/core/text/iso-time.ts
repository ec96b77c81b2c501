/** A time (Unix epoch milliseconds) for machines: ISO 8601 in UTC, or null. Pure. */
export function isoTime(atMs: number): string
export function isoTime(atMs: number | null): string | null
export function isoTime(atMs: number | null): string | null {
  return atMs === null ? null : new Date(Math.round(atMs)).toISOString()
}
