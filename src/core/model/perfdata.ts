/** One value that a check has measured: performance data of a Nagios plugin. */
export interface Measured {
  readonly label: string
  /** `s`, `%`, `B`, `c`, …, or empty. */
  readonly unit: string
  readonly value: number
}

/** Real plugins print a few values. More is a command gone wild, and every one is a series to store for months. */
export const MOST_SERIES = 20
/** Nobody writes longer labels by hand. */
const LONGEST_LABEL = 200
const NOTHING: readonly Measured[] = []

const NUMBER = /^[+-]?(?:\d+[.,]?\d*|[.,]\d+)(?:[eE][+-]?\d+)?/
// A unit begins with a letter, a percent or a degree sign; dates and versions are no numbers with units.
const UNIT = /^(?:[\p{L}%°][^.,=]*)?$/u

/**
 * Reads performance data as Nagios does: what follows `|` on the first line, and everything after the next `|` on the
 * lines below. Lenient: skips a piece that is not `label=value`, and a value that is unknown (`U`). Linear, never throws.
 */
export function parsePerfdata(output: string): Measured[] {
  const data: Measured[] = []
  const text = perfdataText(output)
  let position = skipSpace(text, 0)
  while (position < text.length) {
    const label = readLabel(text, position)
    // After a label that is none, reading goes on at the next space, not after it: the next piece may be whole.
    const end = endOfWord(text, label === null ? position : label.valueAt)
    const datum = label === null ? null : readDatum(label.label, text.slice(label.valueAt, end))
    if (datum !== null) data.push(datum)
    position = skipSpace(text, end)
  }
  return data
}

function perfdataText(output: string): string {
  const lineEnd = output.indexOf('\n')
  const firstLine = lineEnd === -1 ? output : output.slice(0, lineEnd)
  const below = lineEnd === -1 ? '' : output.slice(lineEnd + 1)
  return [firstLine, below].map(afterBar).join('\n')
}

function afterBar(text: string): string {
  const bar = text.indexOf('|')
  return bar === -1 ? '' : text.slice(bar + 1)
}

function readLabel(text: string, start: number): { label: string; valueAt: number } | null {
  if (text[start] === "'") {
    let end = start + 1
    while (end < text.length && (text[end] !== "'" || text[end + 1] === "'")) end += text[end] === "'" ? 2 : 1
    const label = text.slice(start + 1, end).replaceAll("''", "'")
    return label !== '' && text[end + 1] === '=' ? { label, valueAt: end + 2 } : null
  }
  const wordEnd = endOfWord(text, start)
  const equals = text.slice(start, wordEnd).indexOf('=')
  return equals > 0 ? { label: text.slice(start, start + equals), valueAt: start + equals + 1 } : null
}

/** Bounds (`;warn;crit;min;max`) are not read here. */
function readDatum(label: string, word: string): Measured | null {
  const [measured = ''] = word.split(';', 1)
  const digits = NUMBER.exec(measured)?.[0]
  const value = Number(digits?.replace(',', '.') ?? Number.NaN)
  if (digits === undefined || !Number.isFinite(value)) return null
  // Some plugins put a comma between their values.
  const unit = measured.slice(digits.length).replace(/,$/, '')
  return UNIT.test(unit) ? { label, unit, value } : null
}

function endOfWord(text: string, start: number): number {
  let end = start
  while (end < text.length && !isSpace(text.charCodeAt(end))) end++
  return end
}

function skipSpace(text: string, start: number): number {
  let end = start
  while (end < text.length && isSpace(text.charCodeAt(end))) end++
  return end
}

/** Space, tab, line break, carriage return and the like. */
function isSpace(code: number): boolean {
  return code === 0x20 || (code >= 0x09 && code <= 0x0d)
}

/** Where a value begins to be a warning, or critical. */
export interface Limits {
  readonly warning: readonly number[]
  readonly critical: readonly number[]
}

const NO_LIMITS: Limits = { warning: [], critical: [] }

/** The thresholds that an output gives for the value of this label and unit: the ends of their ranges. */
export function limitsIn(output: string, { label, unit }: Omit<Measured, 'value'>): Limits {
  const text = perfdataText(output)
  for (let position = skipSpace(text, 0); position < text.length; ) {
    const found = readLabel(text, position)
    const end = endOfWord(text, found?.valueAt ?? position)
    const word = text.slice(found?.valueAt ?? end, end)
    if (found?.label === label && readDatum(label, word)?.unit === unit) {
      const [, warning = '', critical = ''] = word.split(';')
      return { warning: rangeEnds(warning), critical: rangeEnds(critical) }
    }
    position = skipSpace(text, end)
  }
  return NO_LIMITS
}

/** The ends of a range of Nagios that are thresholds: `10` and `~:10` have one, `10:20` and `@10:20` have two. */
function rangeEnds(range: string): number[] {
  const ends = range.replace(/^@/, '').split(':')
  return ends
    .map((end) => (NUMBER.exec(end)?.[0] === end ? Number(end.replace(',', '.')) : Number.NaN))
    .filter((end) => Number.isFinite(end))
}

/** What is stored of a check's performance data: the first value of each label and unit, and no more than 20. */
export function measuredIn(output: string): readonly Measured[] {
  if (!output.includes('|')) return NOTHING
  const measured = new Map<string, Measured>()
  for (const { label, unit, value } of parsePerfdata(output)) {
    const key = JSON.stringify([label, unit])
    if (label.length + unit.length > LONGEST_LABEL || measured.has(key)) continue
    measured.set(key, { label: label.toWellFormed(), unit: unit.toWellFormed(), value })
    if (measured.size === MOST_SERIES) break
  }
  return [...measured.values()]
}
