import { quietText } from '../model/mute.ts'
import type { Outcome, PlaceAnswer, Quiet } from '../model/types.ts'
import type { KeptCheck } from './kept.ts'

/** Equal checks in a row, as one. Times are Unix epoch milliseconds. */
export interface CheckRun {
  readonly fromMs: number
  /** Start of the last one. */
  toMs: number
  count: number
  readonly outcome: Outcome
  /** Whether they failed in a maintenance. */
  readonly isPlanned: boolean
  readonly exitCode: number | null
  readonly reason: string
  /** The first output that was stored. */
  output: string
  longestMs: number
  /** What each place said of the last one, where the monitor has `run_on`. */
  places?: readonly PlaceAnswer[]
  /** Why nobody was notified, since which of them, and for how many; by the reason's text. */
  readonly quiet: Map<string, { readonly why: Quiet; readonly fromMs: number; readonly count: number }>
}

interface FoldOptions {
  /** Whether each check is a run of its own. */
  readonly isEach: boolean
  /** Ends of unwatched times, oldest first: checks before and after one are not in a row. */
  readonly gapEndsMs: readonly number[]
}

/** Folds checks, oldest first, into runs of equal ones: the same outcome, exit code and reason, planned or not. */
export function foldChecks(checks: Iterable<KeptCheck>, { isEach, gapEndsMs }: FoldOptions): CheckRun[] {
  const runs: CheckRun[] = []
  let gapCount = 0
  for (const check of checks) {
    const gapsBefore = gapCount
    while (gapCount < gapEndsMs.length && (gapEndsMs[gapCount] ?? 0) <= check.startedAtMs) gapCount++
    const run = runs.at(-1)
    const goesOn = run !== undefined && !isEach && gapCount === gapsBefore && isEqual(run, check)
    if (goesOn) extend(run, check)
    else runs.push(begin(check))
  }
  return runs
}

function isEqual(run: CheckRun, check: KeptCheck): boolean {
  const isSame = run.outcome === check.outcome && run.exitCode === check.exitCode && run.reason === check.reason
  return isSame && run.isPlanned === (check.isPlanned ?? false)
}

function begin({ startedAtMs, durationMs, quiet, isPlanned = false, ...said }: KeptCheck): CheckRun {
  const { outcome, exitCode, reason, output, places } = said
  const times = { fromMs: startedAtMs, toMs: startedAtMs, count: 1, longestMs: durationMs }
  const run: CheckRun = { ...times, outcome, isPlanned, exitCode, reason, output, quiet: new Map() }
  if (places !== undefined) run.places = places
  countQuiet(run, quiet, startedAtMs)
  return run
}

function extend(run: CheckRun, { startedAtMs, durationMs, quiet, output, places }: KeptCheck): void {
  run.toMs = startedAtMs
  run.count++
  run.longestMs = Math.max(run.longestMs, durationMs)
  if (run.output === '') run.output = output
  if (places !== undefined) run.places = places
  countQuiet(run, quiet, startedAtMs)
}

function countQuiet({ quiet }: CheckRun, why: Quiet, atMs: number): void {
  const text = quietText(why)
  const { fromMs, count } = quiet.get(text) ?? { fromMs: atMs, count: 0 }
  if (text !== '') quiet.set(text, { why, fromMs, count: count + 1 })
}
