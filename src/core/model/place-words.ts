import type { Place } from './cluster-config.ts'
import type { PlaceAnswer } from './types.ts'

/** Begins the reason of a check that counts for nothing because nobody could make it. */
const NOBODY = 'nobody is watching: '

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

/** What a place said, in one line: `nas: failed: curl: (7) Failed to connect`. */
export function placeText(answer: PlaceAnswer): string {
  const { outcome, reason, summary } = answer
  const isSaid = outcome === 'timed_out' || (outcome === 'passed' && summary === reason)
  return `${placeName(answer)}: ${answerWord(answer)}${isSaid ? '' : `: ${summary.replace(NOBODY, '')}`}`
}
