import type { Place, RunOn } from './cluster-config.ts'
import type { Outcome, PlaceAnswer } from './types.ts'

/** Begins the reason of a check that counts for nothing because nobody could make it. */
const NOBODY = 'nobody is watching: '

export function isUnwatched(reason: string): boolean {
  return reason.startsWith(NOBODY)
}

export function nobodyWatches(why: string): string {
  return NOBODY + why
}

/** A place as it is stored and sent: `node:nas`, `tag:lan`. */
export function placeKey(place: Place): string {
  return place.kind === 'node' ? `node:${place.node}` : `tag:${place.tag}`
}

/** A place for people: `nas`; with who has answered for a tag, `laptop (lan)`. */
export function placeName({ place, node }: Pick<PlaceAnswer, 'place' | 'node'>): string {
  const [, kind, name = place] = /^(node|tag):(.*)$/s.exec(place) ?? []
  if (kind !== 'tag') return name
  return node === null ? `tag ${name}` : `${node} (${name})`
}

const WORDS: Readonly<Record<PlaceAnswer['outcome'], string>> = {
  passed: 'passed',
  warned: 'warning',
  failed: 'failed',
  timed_out: 'timed out',
  not_started: 'not started',
  void: 'no answer',
}

/** What a place said, in a few words. */
export function answerWord({ outcome }: Pick<PlaceAnswer, 'outcome'>): string {
  return WORDS[outcome]
}

/** What a place said, in one line: `nas: curl: (7) Failed to connect`, `home: passed`. */
export function placeText(answer: PlaceAnswer): string {
  const { outcome, reason } = answer
  const summary = answer.summary.replace(NOBODY, '')
  // Why it failed says that it failed.
  if (outcome === 'failed') return `${placeName(answer)}: ${summary}`
  const isSaid = outcome === 'timed_out' || (outcome === 'passed' && summary === reason)
  return `${placeName(answer)}: ${answerWord(answer)}${isSaid ? '' : `: ${summary}`}`
}

const SAYINGS: readonly (readonly [words: string, outcomes: readonly Outcome[]])[] = [
  ['fails in', ['failed', 'timed_out', 'not_started']],
  ['warns in', ['warned']],
  ['passes in', ['passed']],
  ['no answer from', ['void']],
]

/** Which places say what: `fails in nas and vps-a, passes in home`. */
export function placesText(places: readonly PlaceAnswer[]): string {
  return SAYINGS.flatMap(([words, outcomes]) => {
    const names = places.filter(({ outcome }) => outcomes.includes(outcome)).map(placeName)
    return names.length === 0 ? [] : [`${words} ${listed(names)}`]
  }).join(', ')
}

function listed(names: readonly string[]): string {
  return names.length === 1 ? (names[0] ?? '') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`
}

/** Where a check ran that has one place: `on nas`; else empty. Of several checks, tags may have been run by several nodes. */
export function whereText(places: readonly PlaceAnswer[] | undefined, checkCount = 1): string {
  const [only, ...others] = places ?? []
  if (only === undefined || only.node === null || others.length > 0) return ''
  return `on ${placeName(checkCount === 1 ? only : { ...only, node: null })}`
}

/** Where a monitor is to run: `nas, tag lan; fails if 2 of 2 do`. */
export function runOnText({ places, quorum }: RunOn): string {
  const names = places.map((place) => placeName({ place: placeKey(place), node: null })).join(', ')
  return places.length === 1 ? names : `${names}; fails if ${quorum} of ${places.length} do`
}
