import { STANDINGS, type Standing, type StandingCounts } from '../../../core/model/state.ts'
import { plural } from '../../../core/text/plural.ts'

/** What needs somebody's eyes. */
export const TROUBLES: readonly Standing[] = ['down', 'failing', 'flapping']

/** The first in the order of importance that there is one of; a page of none is fine. Pure. */
export function worstOf(counts: StandingCounts): Standing {
  return STANDINGS.find((standing) => counts[standing] > 0) ?? 'up'
}

/** `All 42 fine`, `3 down`, `2 failing`: the one thing to know. Pure. */
export function headlineOf(counts: StandingCounts): string {
  const watched = watchedIn(counts)
  const trouble = TROUBLES.find((standing) => counts[standing] > 0)
  if (trouble !== undefined) return `${counts[trouble]} ${trouble}`
  if (watched === 0) return counts.paused === 0 ? 'No monitors' : `All ${counts.paused} paused`
  if (counts.pending === watched) return 'Nothing is known yet'
  if (counts.pending > 0) return `${counts.up} of ${watched} fine`
  return watched === 1 ? 'The one monitor is fine' : `All ${watched} fine`
}

/** The same in one line, for one of several: `All 12 fine`, `1 down of 50, 2 failing`. Pure. */
export function lineOf(counts: StandingCounts): string {
  const [first, ...others] = restOf(counts)
  const isOf = first?.startsWith('of ') ?? false
  const of = isOf ? ` of ${watchedIn(counts)}` : ''
  return [`${headlineOf(counts)}${of}`, ...(isOf || first === undefined ? others : [first, ...others])].join(', ')
}

/** What the headline leaves out: `of 42 monitors`, `1 failing`, `2 paused`. Pure. */
export function restOf(counts: StandingCounts): string[] {
  const watched = watchedIn(counts)
  const [said] = TROUBLES.filter((standing) => counts[standing] > 0)
  const others = STANDINGS.filter((standing) => standing !== said && standing !== 'up' && counts[standing] > 0)
  const isSaid = (standing: Standing) =>
    (standing === 'paused' && watched === 0) || (standing === 'pending' && counts.pending === watched)
  const of = said === undefined ? [] : [`of ${plural(watched, 'monitor')}`]
  return [...of, ...others.filter((one) => !isSaid(one)).map((one) => `${counts[one]} ${one}`)]
}

/** Of the ones that are meant to be up. */
function watchedIn({ down, failing, flapping, pending, up }: StandingCounts): number {
  return down + failing + flapping + pending + up
}
