import { inOneUnit } from './unit.ts'

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

/** What plugins begin with. */
const STATUS = /\b(?:OK|WARN(?:ING)?|CRIT(?:ICAL)?|UNKNOWN)\b/

/**
 * Reads performance data as Nagios does: what follows `|` on the first line, and everything after the next `|` on the
 * lines below. Any other text may have a `|` in it: only after a status word, or before nothing but values, it begins
 * performance data. Else lenient: skips a piece that is not `label=value`, and a value that is unknown (`U`). Linear,
 * never throws.
 */
export function parsePerfdata(output: string): Measured[] {
  return readPerfdata(output).map(({ label, unit, value }) => ({ label, unit, value }))
}

/** A value with what stood behind its label: `12MB;80;90`. */
type Datum = Measured & { readonly word: string }

function readPerfdata(output: string): Datum[] {
  const lineEnd = output.indexOf('\n')
  const [said = '', first] = splitAtBar(lineEnd === -1 ? output : output.slice(0, lineEnd))
  const [, below = ''] = splitAtBar(lineEnd === -1 ? '' : output.slice(lineEnd + 1))
  const { data, isOnlyData } = readData(first ?? '')
  const isPlugin = STATUS.test(said) || (isOnlyData && data.length > 0)
  return isPlugin ? [...data, ...readData(below).data] : []
}

function splitAtBar(text: string): [before: string, after: string | undefined] {
  const bar = text.indexOf('|')
  return bar === -1 ? [text, undefined] : [text.slice(0, bar), text.slice(bar + 1)]
}

function readData(text: string): { data: Datum[]; isOnlyData: boolean } {
  const data: Datum[] = []
  let isOnlyData = true
  let position = skipSpace(text, 0)
  while (position < text.length) {
    const label = readLabel(text, position)
    // After a label that is none, reading goes on at the next space, not after it: the next piece may be whole.
    const end = endOfWord(text, label === null ? position : label.valueAt)
    const word = label === null ? '' : text.slice(label.valueAt, end)
    const datum = label === null ? null : readDatum(label.label, word)
    if (datum !== null) data.push({ ...datum, word })
    else if (label === null || !/^U(?:;|$)/.test(word)) isOnlyData = false
    position = skipSpace(text, end)
  }
  return { data, isOnlyData }
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

/** The thresholds that an output gives for a value as it is stored, label and unit: the ends of their ranges. */
export function limitsIn(output: string, { label, unit }: Omit<Measured, 'value'>): Limits {
  const found = readPerfdata(output).find(
    (datum) => datum.label === label && inOneUnit(datum.value, datum.unit).unit === unit,
  )
  if (found === undefined) return NO_LIMITS
  const [, warning = '', critical = ''] = found.word.split(';')
  const endsOf = (range: string) => rangeEnds(range).map((end) => inOneUnit(end, found.unit).value)
  return { warning: endsOf(warning), critical: endsOf(critical) }
}

/** The ends of a range of Nagios that are thresholds: `10` and `~:10` have one, `10:20` and `@10:20` have two. */
function rangeEnds(range: string): number[] {
  const ends = range.replace(/^@/, '').split(':')
  return ends
    .map((end) => (NUMBER.exec(end)?.[0] === end ? Number(end.replace(',', '.')) : Number.NaN))
    .filter((end) => Number.isFinite(end))
}

/**
 * What is stored of a check's performance data: the first value of each label and unit, and no more than 20. Values
 * of one kind have one unit, such as seconds.
 */
export function measuredIn(output: string): readonly Measured[] {
  if (!output.includes('|')) return NOTHING
  const measured = new Map<string, Measured>()
  for (const { label, unit, value } of parsePerfdata(output)) {
    const kept = inOneUnit(value, unit)
    const key = JSON.stringify([label, kept.unit])
    if (label.length + unit.length > LONGEST_LABEL || measured.has(key) || !Number.isFinite(kept.value)) continue
    measured.set(key, { label: label.toWellFormed(), unit: kept.unit.toWellFormed(), value: kept.value })
    if (measured.size === MOST_SERIES) break
  }
  return [...measured.values()]
}
