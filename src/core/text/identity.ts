/** A longer slug does not make an address easier to read. */
const LONGEST_SLUG = 60

/**
 * Id of the incident whose outage began at this time: lower-case letters, digits and `-` only, and always the same for
 * the same outage.
 */
export function incidentId(monitor: string, outageStartedAtMs: number): string {
  return `${Math.max(0, Math.round(outageStartedAtMs)).toString(36)}-${fnv1a(monitor).toString(36)}`
}

/** Id of the `count`-th notification of an incident; `count` is from 1. */
export function notificationId(incident: string, count: number): string {
  return `${incident}-${count}`
}

/**
 * The slug of every name, for addresses. Names that would have the same slug, or none, get a fingerprint of the name
 * appended, so that a slug does not depend on the order of names. The names are unique.
 */
export function slugsOf(names: readonly string[]): Map<string, string> {
  const shorts = new Map(names.map((name) => [name, slugOf(name)]))
  const byShort = Map.groupBy(shorts.values(), (short) => short)
  const taken = new Set<string>()
  return new Map(
    shorts.entries().map(([name, short]) => {
      const isAlone = short !== '' && byShort.get(short)?.length === 1
      const fingerprint = fnv1a(name).toString(36).padStart(7, '0')
      let slug = isAlone ? short : [short, fingerprint].filter((part) => part !== '').join('-')
      // Two names with one fingerprint, or one name that looks like another with its fingerprint: as good as never.
      while (taken.has(slug)) slug += '-'
      taken.add(slug)
      return [name, slug]
    }),
  )
}

/** Lower-case letters and digits of any script, with hyphens for everything else; empty if the name has neither. */
function slugOf(name: string): string {
  const words =
    name
      .normalize('NFKC')
      .toLowerCase()
      .match(/[\p{L}\p{N}\p{M}]+/gu) ?? []
  return [...words.join('-')].slice(0, LONGEST_SLUG).join('').replace(/-$/, '')
}

/** 32 bits of FNV-1a (Fowler, Noll, Vo) over UTF-16 code units. */
function fnv1a(text: string): number {
  let hash = 0x811c9dc5
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193)
  return hash >>> 0
}
