import type { Clock, CommandRun, Runner } from '../../src/core/model/ports.ts'
import type { Ending, Run } from '../../src/core/model/types.ts'

export interface FakeRunner extends Runner {
  /** Every run, in the order of their starts. */
  readonly started: readonly { readonly run: CommandRun; readonly atMs: number }[]
  readonly runningCount: number
  readonly mostRunning: number
}

export const EXITED_0: Ending = { kind: 'exited', exitCode: 0 }
export const EXITED_1: Ending = { kind: 'exited', exitCode: 1 }

/** Runs nothing: every command takes its time on the clock and ends as told. For faults that real commands cannot make to order. */
export function createFakeRunner(
  clock: Clock,
  behave: (
    run: CommandRun,
    count: number,
  ) => { readonly takesMs: number; readonly ending: Ending; readonly output?: string },
): FakeRunner {
  const started: { run: CommandRun; atMs: number }[] = []
  let runningCount = 0
  let mostRunning = 0
  return {
    started,
    get runningCount() {
      return runningCount
    },
    get mostRunning() {
      return mostRunning
    },
    run(run) {
      const { takesMs, ending, output = '' } = behave(run, started.length)
      started.push({ run, atMs: clock.monotonicMs() })
      mostRunning = Math.max(mostRunning, ++runningCount)
      const result: Run = { ending, output, durationMs: takesMs, escapeeCount: 0, isUnkillable: false }
      return new Promise((resolve) => {
        clock.setTimer(takesMs, () => {
          runningCount--
          resolve(result)
        })
      })
    },
    close: async () => {},
  }
}
