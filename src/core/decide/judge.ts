import type { CheckResult, Ending, Monitor, Outcome, Run } from '../model/types.ts'
import { formatDuration } from '../text/duration.ts'

interface Verdict {
  readonly outcome: Outcome
  readonly exitCode: number | null
  readonly reason: string
}

/** What shells mean by these exit codes, and where to look. */
const EXIT_CODE_HINTS: Readonly<Record<number, string>> = {
  126: 'a command was found but could not be executed: is it executable, and is its first line right?',
  127: 'a command was not found: is its name right, and is it in PATH?',
}

/** Turns the end of a command into the result of a check. `startedAtMs` is Unix epoch milliseconds. */
export function judge(run: Run, of: { monitor: Monitor; runId: string; startedAtMs: number }): CheckResult {
  return {
    monitor: of.monitor.name,
    runId: of.runId,
    ...verdict(run.ending, of.monitor.warningExitCodes),
    output: run.output,
    startedAtMs: of.startedAtMs,
    durationMs: run.durationMs,
  }
}

function verdict(ending: Ending, warningExitCodes: readonly number[]): Verdict {
  const reason = explain(ending)
  switch (ending.kind) {
    case 'exited': {
      const { exitCode } = ending
      if (exitCode === 0) return { outcome: 'passed', exitCode, reason }
      return { outcome: warningExitCodes.includes(exitCode) ? 'warned' : 'failed', exitCode, reason }
    }
    case 'signaled':
      return { outcome: 'failed', exitCode: null, reason }
    default:
      return { outcome: ending.kind, exitCode: null, reason }
  }
}

/** How a command ended, in a few words for people: `killed by SIGKILL`. */
export function explain(ending: Ending): string {
  switch (ending.kind) {
    case 'exited': {
      const hint = EXIT_CODE_HINTS[ending.exitCode]
      return `exit code ${ending.exitCode}${hint === undefined ? '' : ` (${hint})`}`
    }
    case 'signaled':
      return `killed by ${ending.signal}`
    case 'timed_out':
      return `timed out after ${formatDuration(ending.timeoutMs)}`
    case 'not_started':
    case 'void':
      return ending.reason
  }
}
