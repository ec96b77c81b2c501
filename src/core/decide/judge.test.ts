import { expect, test } from 'bun:test'
import { aMonitor } from '../../../test/support/samples.ts'
import type { Ending, Outcome } from '../model/types.ts'
import { judge } from './judge.ts'

const MONITOR = aMonitor({ warningExitCodes: [1, 3] })

test.each([
  { name: 'exit 0', ending: { kind: 'exited', exitCode: 0 }, outcome: 'passed', exitCode: 0, reason: 'exit code 0' },
  { name: 'a warning', ending: { kind: 'exited', exitCode: 1 }, outcome: 'warned', exitCode: 1, reason: 'exit code 1' },
  { name: 'a failure', ending: { kind: 'exited', exitCode: 2 }, outcome: 'failed', exitCode: 2, reason: 'exit code 2' },
  {
    name: 'A10: 126',
    ending: { kind: 'exited', exitCode: 126 },
    outcome: 'failed',
    exitCode: 126,
    reason:
      'exit code 126 (a command was found but could not be executed: is it executable, and is its first line right?)',
  },
  {
    name: 'A10: 127',
    ending: { kind: 'exited', exitCode: 127 },
    outcome: 'failed',
    exitCode: 127,
    reason: 'exit code 127 (a command was not found: is its name right, and is it in PATH?)',
  },
  {
    name: 'A18: a signal',
    ending: { kind: 'signaled', signal: 'SIGKILL' },
    outcome: 'failed',
    exitCode: null,
    reason: 'killed by SIGKILL',
  },
  {
    name: 'A1: a timeout',
    ending: { kind: 'timed_out', timeoutMs: 90_000 },
    outcome: 'timed_out',
    exitCode: null,
    reason: 'timed out after 1m30s',
  },
  {
    name: 'A9: never started',
    ending: { kind: 'not_started', reason: 'no such command' },
    outcome: 'not_started',
    exitCode: null,
    reason: 'no such command',
  },
  {
    name: 'Minitor’s own fault',
    ending: { kind: 'void', reason: 'too many open files', isExhausted: true },
    outcome: 'void',
    exitCode: null,
    reason: 'too many open files',
  },
] satisfies { name: string; ending: Ending; outcome: Outcome; exitCode: number | null; reason: string }[])(
  '$name',
  ({ ending, outcome, exitCode, reason }) => {
    const run = { ending: ending as Ending, output: 'said', durationMs: 5, escapeeCount: 0, isUnkillable: false }
    const check = judge(run, { monitor: MONITOR, runId: 'r', startedAtMs: 7 })
    expect(check).toEqual({
      monitor: 'web',
      runId: 'r',
      outcome: outcome as Outcome,
      exitCode,
      reason,
      output: 'said',
      startedAtMs: 7,
      durationMs: 5,
    })
  },
)
