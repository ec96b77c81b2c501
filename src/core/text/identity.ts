/** A longer slug does not make an address easier to read. */
const LONGEST_SLUG = 60

/**
 * Id of the next incident of a monitor that has been fine since this time: lower-case letters, digits and `-` only, and
 * always the same for the same outage.
 */
export function incidentId(monitor: string, fineSinceMs: number): string {
  return `${Math.max(0, Math.round(fineSinceMs)).toString(36)}-${fnv1a(monitor).toString(36)}`
}

/**
 * Id of the `number`-th notification of an incident; `number` is from 1. Servers that watch at once may count differently:
 * what says something else has another id, and an incident has one recovery.
 */
export function notificationId(incident: string, { kind, number }: { kind: string; number: number }): string {
  if (kind === 'up') return `${incident}-up`
  return kind === 'flapping' ? `${incident}-flapping-${number}` : `${incident}-${number}`
}

/**
 * The slug of every name, for addresses. Where two names would have the same slug, or a name has none, the first keeps it,
 * and the others get a fingerprint of the name appended: a new name behind the others moves no address. The names are unique.
 */
export function slugsOf(names: readonly string[]): Map<string, string> {
  const taken = new Set<string>()
  return new Map(
    names.map((name) => {
      const short = slugOf(name)
      let slug = short
      if (short === '' || taken.has(short)) {
        const fingerprint = fnv1a(name).toString(36).padStart(7, '0')
        slug = [short, fingerprint].filter((part) => part !== '').join('-')
      }
      // Two names with one fingerprint, or one name that looks like another with its fingerprint: as good as never.
      while (taken.has(slug)) slug += '-'
      taken.add(slug)
      return [name, slug]
    }),
  )
}

/** Lower-case letters and digits of any script, with hyphens for everything else; empty if the name has neither. */
export function slugOf(name: string): string {
  const words =
    name
      .normalize('NFKC')
      .toLowerCase()
      .match(/[\p{L}\p{N}\p{M}]+/gu) ?? []
  return [...words.join('-')].slice(0, LONGEST_SLUG).join('').replace(/-$/, '')
}

/**
 * The name that somebody means who typed this: the name itself, composed or not; its slug; or the only one in another
 * letter case. Null if it is none, or may be several.
 */
export function nameMeant(typed: string, names: readonly string[]): string | null {
  const composed = typed.normalize('NFC')
  if (names.includes(composed)) return composed
  if (names.includes(typed)) return typed
  for (const [name, slug] of slugsOf(names)) if (slug === composed) return name
  const folded = composed.toLowerCase()
  const [only, ...others] = names.filter((name) => name.toLowerCase() === folded)
  return only !== undefined && others.length === 0 ? only : null
}

/** 32 bits of FNV-1a (Fowler, Noll, Vo) over UTF-16 code units. */
function fnv1a(text: string): number {
  let hash = 0x811c9dc5
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193)
  return hash >>> 0
}
