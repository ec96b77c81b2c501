import type { CommandRun, Runner } from '../../core/model/ports.ts'

/** Holds back what another server may be telling by now. */
export interface Gate {
  /** Does this once it is sure that it may still be told, after all that came before; never if it may not. */
  pass(work: () => void): void
  /** Runs nothing once nothing may be told any more, and says nothing of what fails then. */
  guard(runner: Runner): Runner
  /** From now on nothing passes. */
  shut(): void
}

/** `confirm` asks whether this server still leads, where that is not sure; it never rejects. */
export function createGate(confirm: () => Promise<boolean>): Gate {
  let isShut = false
  let turn: Promise<void> = Promise.resolve()
  const isOpen = async () => !isShut && (await confirm()) && !isShut

  return {
    pass(work) {
      // A recovery must not overtake the outage that it ends: one answer may take longer than the next.
      turn = turn.then(async () => {
        if (await isOpen()) work()
      })
    },
    guard: (runner) => ({
      async run(run: CommandRun) {
        if (!(await isOpen())) return never()
        const ended = await runner.run(run)
        const isDone = ended.ending.kind === 'exited' && ended.ending.exitCode === 0
        // What was told is known, whoever leads by now; what was killed has not failed.
        return isDone || (await isOpen()) ? ended : never()
      },
      close: (graceMs) => runner.close(graceMs),
    }),
    shut() {
      isShut = true
    },
  }
}

/** A new promise each time: a promise holds on to everything that waits for it. */
function never(): Promise<never> {
  return new Promise(() => {})
}
