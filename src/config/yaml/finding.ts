import { type Mistake, mistakeAt, type Place } from './source.ts'

/** A mistake on its way to the user. */
export interface Finding {
  readonly place: Place
  /** Whose setting it is: `monitor "website"`; empty at the top level. */
  readonly subject: string
  readonly message: string
  readonly hint: string | null
}

/** The findings in the order of their places, each cause once: an anchor's mistake shows in every place it is used. Pure. */
export function toMistakes(findings: readonly Finding[], files: readonly string[]): readonly Mistake[] {
  const seen = new Set<string>()
  const unique = findings.filter(({ place, message }) => {
    const cause = `${place.source.file}\0${place.start}\0${message}`
    return !seen.has(cause) && seen.add(cause)
  })
  const order = new Map(files.map((file, index) => [file, index]))
  const rank = ({ place }: Finding) => order.get(place.source.file) ?? 0
  return unique
    .sort((a, b) => rank(a) - rank(b) || a.place.start - b.place.start)
    .map(({ place, subject, message, hint }) =>
      mistakeAt(place, subject === '' ? message : `${subject}: ${message}`, hint),
    )
}
