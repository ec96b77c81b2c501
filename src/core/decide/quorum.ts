import { nobodyWatches, placeName, placesText, placeText } from '../model/place-words.ts'
import type { CheckResult, Outcome, PlaceAnswer } from '../model/types.ts'
import { headAndTail } from '../text/cut.ts'

/** What one place says, with all that its command printed. */
export interface JudgedPlace extends PlaceAnswer {
  readonly output: string
}

interface Question {
  readonly monitor: string
  readonly runId: string
  /** Unix epoch milliseconds. */
  readonly startedAtMs: number
  /** How many places have to say that it fails. */
  readonly quorum: number
}

/** As much as one command may print. */
const OUTPUT_LIMIT_BYTES = 64 * 1024

/**
 * Makes one check of what the places of a monitor say. It fails if at least `quorum` of them say so, and is void if fewer than
 * that answer at all: nobody is watching then. Otherwise it passes, with a warning if a place warns. Pure.
 */
export function decideQuorum(places: readonly [JudgedPlace, ...JudgedPlace[]], question: Question): CheckResult {
  const { quorum, ...about } = question
  const [only] = places
  const all = {
    ...about,
    durationMs: Math.max(...places.map((place) => place.durationMs)),
    places: places.map(answerOf),
  }
  if (places.length === 1) {
    const { outcome, exitCode, reason, output } = only
    return { ...all, outcome, exitCode, reason, output }
  }
  const answered = places.filter(({ outcome }) => outcome !== 'void')
  const failing = answered.filter(isFailure)
  const said = placesText(places)
  if (answered.length < quorum) {
    const reason = nobodyWatches(
      `${answered.length} of ${places.length} places answered, and it takes ${quorum}: ${said}`,
    )
    return { ...all, outcome: 'void', exitCode: null, reason, output: outputOf(places) }
  }
  if (failing.length >= quorum) {
    const { outcome, exitCode } = failing.find((place) => place.outcome === 'failed') ?? failing[0] ?? only
    return { ...all, outcome, exitCode, reason: said, output: outputOf([...failing, ...without(places, failing)]) }
  }
  const warned = answered.find(({ outcome }) => outcome === 'warned')
  const { outcome, exitCode }: Pick<CheckResult, 'outcome' | 'exitCode'> = warned ?? { outcome: 'passed', exitCode: 0 }
  // Where all is well, that is as everywhere else.
  const reason = places.every((place) => place.outcome === 'passed') ? only.reason : said
  return { ...all, outcome, exitCode, reason, output: outputOf(places) }
}

/** Whether no answer that is still to come can change whether it fails. `said` are those of the places that have answered. */
export function isDecided(
  said: readonly Outcome[],
  { quorum, placeCount }: { quorum: number; placeCount: number },
): boolean {
  const failing = said.filter((outcome) => isFailure({ outcome })).length
  const answered = said.filter((outcome) => outcome !== 'void').length
  return failing >= quorum || (answered >= quorum && failing + placeCount - said.length < quorum)
}

function isFailure({ outcome }: Pick<PlaceAnswer, 'outcome'>): boolean {
  return outcome === 'failed' || outcome === 'timed_out' || outcome === 'not_started'
}

function without<One>(all: readonly One[], some: readonly One[]): readonly One[] {
  return all.filter((one) => !some.includes(one))
}

function answerOf({ output: _, ...answer }: JudgedPlace): PlaceAnswer {
  return answer
}

/** A line for each place, and then what the commands have printed, as far as that is more than a line. */
function outputOf(places: readonly JudgedPlace[]): string {
  const lines = places.map((place) => `${placeText(place)}\n`).join('')
  const limitBytes = Math.floor(OUTPUT_LIMIT_BYTES / places.length)
  const parts = places
    .filter(({ output }) => output.trim().includes('\n'))
    .map((place) => {
      const text = headAndTail(place.output.trimEnd(), { limitBytes, headBytes: Math.floor(limitBytes / 4) })
      return `\n--- ${placeName(place)}\n${text}\n`
    })
  return lines + parts.join('')
}
