import type { Figure } from './figure.ts'
import type { Programs } from './programs.ts'

/** What a run hands to each of its measurements. */
export interface Bench {
  readonly programs: Programs
  readonly scratch: string
  /** From the command line; null leaves each measurement its own default. */
  readonly rounds: number | null
  readonly seconds: number | null
  readonly monitors: number | null
  /** Tells the person who waits what goes on. */
  note(text: string): void
}

/** One comparison. Yields its figures as they come; ends every process that it started. */
export interface Measurement {
  readonly name: string
  readonly about: string
  measure(bench: Bench): AsyncIterable<Figure>
}
