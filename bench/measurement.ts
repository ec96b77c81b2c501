import type { Programs } from './programs.ts'
import { median, renderMs, renderSpread } from './statistics.ts'

/** What each measurement of a run gets. */
export interface Bench {
  readonly programs: Programs
  readonly scratch: string
  /** From the command line; null leaves each measurement its own default. */
  readonly rounds: number | null
  readonly seconds: number | null
  readonly monitors: number | null
  /** Reports progress to the person who waits. */
  note(text: string): void
}

/** One comparison. Yields its figures as they come; ends every process that it started. */
export interface Measurement {
  readonly name: string
  readonly about: string
  measure(bench: Bench): AsyncIterable<Figure>
}

/** One line of the result. */
export interface Figure {
  readonly name: string
  /** What it has to reach; null where it only explains another figure. */
  readonly goal: string | null
  readonly reached: string
  readonly isReached: boolean | null
}

/** A figure without a goal of its own. */
export function fact(name: string, reached: string): Figure {
  return { name, goal: null, reached, isReached: null }
}

/** The median of several rounds, in milliseconds, which has to be below `goalMs`. */
export function below(goalMs: number, name: string, timesMs: readonly number[]): Figure {
  const goal = `< ${renderMs(goalMs)}`
  return { name, goal, reached: renderSpread(timesMs, renderMs), isReached: median(timesMs) < goalMs }
}

/** A row of a Markdown table. */
export function renderFigure({ name, goal, reached, isReached }: Figure): string {
  const verdict = isReached === null ? '' : isReached ? 'yes' : '**no**'
  return `| ${name} | ${goal ?? ''} | ${reached} | ${verdict} |`
}

export const FIGURE_HEADER = '| figure | goal | reached | held |\n| --- | --- | --- | --- |'
