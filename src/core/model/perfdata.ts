/** One measured value of a Nagios plugin. What is missing, or unknown (`U`), is null; ranges stay as they were written. */
export interface PerfDatum {
  readonly label: string
  readonly value: number | null
  /** `s`, `%`, `B`, `c`, …, or empty. */
  readonly unit: string
  readonly warn: string | null
  readonly crit: string | null
  readonly min: number | null
  readonly max: number | null
}

const NUMBER = /^[+-]?(?:\d+[.,]?\d*|[.,]\d+)(?:[eE][+-]?\d+)?/
// A unit begins with a letter, a percent or a degree sign; dates and versions are no numbers with units.
const UNIT = /^(?:[\p{L}%°][^.,=]*)?$/u

/**
 * Reads performance data as Nagios does: what follows `|` on the first line, and everything after the next `|` on the
 * lines below. Lenient: a piece that is not `label=value` is skipped and the rest is kept. Linear, pure, never throws.
 */
export function parsePerfdata(output: string): PerfDatum[] {
  const data: PerfDatum[] = []
  const text = perfdataText(output)
  let position = skipSpace(text, 0)
  while (position < text.length) {
    const label = readLabel(text, position)
    // After a label that is none, reading goes on at the next space, not behind it: the next piece may be whole.
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

function readDatum(label: string, word: string): PerfDatum | null {
  const [measured = '', warn = '', crit = '', min = '', max = ''] = word.split(';')
  const rest = { label, warn: warn || null, crit: crit || null, min: readNumber(min), max: readNumber(max) }
  if (measured === 'U') return { ...rest, value: null, unit: '' }
  const digits = NUMBER.exec(measured)?.[0]
  if (digits === undefined) return null
  // Some plugins put a comma between their values.
  const unit = measured.slice(digits.length).replace(/,$/, '')
  return UNIT.test(unit) ? { ...rest, value: readNumber(digits), unit } : null
}

function readNumber(text: string): number | null {
  const digits = NUMBER.exec(text)?.[0].replace(',', '.')
  const value = digits === undefined ? Number.NaN : Number(digits)
  return Number.isFinite(value) ? value : null
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

/** One value that a check has measured: performance data of a Nagios plugin. */
export interface Measured {
  readonly label: string
  /** `s`, `%`, `B`, `c`, …, or empty. */
  readonly unit: string
  readonly value: number
}

/** Real plugins print a few values. More is a command gone wild, and every one is a series to keep for months. */
export const MOST_SERIES = 20
/** Longer labels are none that anybody has thought of. */
const LONGEST_LABEL = 200

/** What is to be kept of a check's performance data: of each label and unit the first value, and no more than 20. Pure. */
export function measuredIn(output: string): readonly Measured[] {
  // Most commands print none, and are not read any further.
  if (!output.includes('|')) return NOTHING
  const measured = new Map<string, Measured>()
  for (const { label, unit, value } of parsePerfdata(output)) {
    const key = JSON.stringify([label, unit])
    if (value === null || label.length + unit.length > LONGEST_LABEL || measured.has(key)) continue
    measured.set(key, { label: label.toWellFormed(), unit: unit.toWellFormed(), value })
    if (measured.size === MOST_SERIES) break
  }
  return [...measured.values()]
}

const NOTHING: readonly Measured[] = []
