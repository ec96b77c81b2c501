/** One file's text. */
export interface Source {
  /** Its path, as given by the user or found in the directory. */
  readonly file: string
  readonly text: string
}

/** A stretch of a source, in UTF-16 offsets; `end` is exclusive. */
export interface Place {
  readonly source: Source
  readonly start: number
  readonly end: number
}

/** A mistake of the user in a configuration, with its place. */
export interface Mistake {
  readonly file: string
  /** From 1. */
  readonly line: number
  /** In characters, from 1. */
  readonly column: number
  readonly message: string
  readonly hint: string | null
  /** The source line; empty where there is none. */
  readonly excerpt: string
  /** Characters of the line that the mistake is about. */
  readonly caretLength: number
}

/** A mistake at a place; the caret stays on the place's first line. */
export function mistakeAt(place: Place, message: string, hint: string | null): Mistake {
  const { text, file } = place.source
  const start = Math.min(Math.max(place.start, 0), text.length)
  const lineStart = text.lastIndexOf('\n', start - 1) + 1
  const lineFeed = text.indexOf('\n', start)
  const excerpt = text.slice(lineStart, lineFeed === -1 ? text.length : lineFeed).trimEnd()
  const marked = text.slice(start, Math.min(place.end, lineStart + excerpt.length))
  return {
    file,
    line: lineNumber(place.source, lineStart),
    column: characters(text.slice(lineStart, start)) + 1,
    message,
    hint,
    excerpt,
    caretLength: Math.max(1, characters(marked)),
  }
}

export function mistakeOfFile(file: string, message: string, hint: string | null): Mistake {
  return { file, line: 1, column: 1, message, hint, excerpt: '', caretLength: 1 }
}

/** `FILE:LINE` of a place, to refer to it from another mistake. */
export function whereabouts({ source, start }: Place): string {
  return `${source.file}:${lineNumber(source, start)}`
}

/** A binary search in a table per source: ten thousand mistakes must not read the text ten thousand times. */
function lineNumber(source: Source, offset: number): number {
  const starts = lineStarts(source)
  let low = 0
  let high = starts.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((starts[middle] ?? 0) <= offset) low = middle + 1
    else high = middle
  }
  return low
}

const tables = new WeakMap<Source, readonly number[]>()

function lineStarts(source: Source): readonly number[] {
  const known = tables.get(source)
  if (known !== undefined) return known
  const starts = [0]
  for (let at = source.text.indexOf('\n'); at !== -1; at = source.text.indexOf('\n', at + 1)) starts.push(at + 1)
  tables.set(source, starts)
  return starts
}

function characters(text: string): number {
  let count = 0
  for (const _ of text) count++
  return count
}

/** A mistake on its way to the user. */
export interface Finding {
  readonly place: Place
  /** What it is about: `monitor "website"`; empty at the top level. */
  readonly subject: string
  readonly message: string
  readonly hint: string | null
}

/** The findings in the order of their places, each cause once: an anchor's mistake shows in every place it is used. */
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
