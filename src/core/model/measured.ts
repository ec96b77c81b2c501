import { parsePerfdata } from './perfdata.ts'

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
