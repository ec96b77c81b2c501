/**
 * Id of the incident whose outage began at this time: lower-case letters, digits and `-` only, the same for the same
 * outage however often it is computed. The second part is FNV-1a (32 bit) of the monitor's name.
 */
export function incidentId(monitor: string, outageStartedAtMs: number): string {
  return `${Math.max(0, Math.round(outageStartedAtMs)).toString(36)}-${hashOf(monitor).toString(36)}`
}

/** Id of the `count`-th notification of an incident; `count` is from 1. */
export function notificationId(incident: string, count: number): string {
  return `${incident}-${count}`
}

/** Longer ones would not help anybody to read an address. */
const LONGEST = 60

/**
 * A name for addresses: lower-case letters and digits of any script, with hyphens for everything else. Empty where the
 * name has neither. Pure.
 */
function slugOf(name: string): string {
  const words =
    name
      .normalize('NFKC')
      .toLowerCase()
      .match(/[\p{L}\p{N}\p{M}]+/gu) ?? []
  return [...words.join('-')].slice(0, LONGEST).join('').replace(/-$/, '')
}

/** FNV-1a (Fowler, Noll, Vo), 32 bits, over UTF-16 code units. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193)
  return hash >>> 0
}

/** Seven characters of base 36. */
function fingerprint(text: string): string {
  return hashOf(text).toString(36).padStart(7, '0')
}

/**
 * The slug of every name. Those who would have the same, or none, get a fingerprint of their name behind it, so that an
 * address depends on no order. Pure; the names are unique.
 */
export function slugsOf(names: readonly string[]): Map<string, string> {
  const shorts = new Map(names.map((name) => [name, slugOf(name)]))
  const byShort = Map.groupBy(shorts.values(), (short) => short)
  const taken = new Set<string>()
  return new Map(
    shorts.entries().map(([name, short]) => {
      const isAlone = short !== '' && byShort.get(short)?.length === 1
      let slug = isAlone ? short : [short, fingerprint(name)].filter((part) => part !== '').join('-')
      // Two names with one fingerprint, or one that looks like another's: as good as never.
      while (taken.has(slug)) slug += '-'
      taken.add(slug)
      return [name, slug]
    }),
  )
}
