import type { CommandRun, Runner } from '../../src/core/model/ports.ts'
import type { Ending, Run } from '../../src/core/model/types.ts'
import type { Life, Timeline } from './timeline.ts'
import type { Play } from './truth.ts'

const STOPPING: Ending = { kind: 'void', reason: 'Minitor is stopping', isExhausted: false }
/** How soon commands obey SIGTERM. */
const CLOSES_IN_MS = 10

interface Options {
  readonly timeline: Timeline
  readonly life: Life
  readonly play: (run: CommandRun) => Play
  readonly onStart: (run: CommandRun) => void
  readonly onEnd: (run: CommandRun, ending: Ending) => void
}

/** The commands of one process: they end as the truth says, and unheard once the process is dead. */
export function createLifeRunner({ timeline, life, play, onStart, onEnd }: Options): Runner {
  const running = new Map<CommandRun, (result: Run) => void>()
  const cancels = new Map<CommandRun, () => void>()
  let isClosed = false

  const end = (run: CommandRun, { ending, output, takesMs }: Play) => {
    const resolve = running.get(run)
    running.delete(run)
    cancels.get(run)?.()
    cancels.delete(run)
    onEnd(run, ending)
    if (life.isAlive) resolve?.({ ending, output, durationMs: takesMs, escapeeCount: 0, isUnkillable: false })
  }

  return {
    run(run) {
      if (!life.isAlive) return never()
      if (isClosed) {
        return Promise.resolve({
          ending: STOPPING,
          output: '',
          durationMs: 0,
          escapeeCount: 0,
          isUnkillable: false,
        })
      }
      onStart(run)
      if (!life.isAlive) return never()
      const going = play(run)
      return new Promise((resolve) => {
        running.set(run, resolve)
        cancels.set(
          run,
          timeline.after(going.takesMs, life, () => end(run, going)),
        )
      })
    },
    close() {
      isClosed = true
      return new Promise((resolve) => {
        timeline.after(CLOSES_IN_MS, life, () => {
          for (const run of [...running.keys()]) end(run, { takesMs: CLOSES_IN_MS, ending: STOPPING, output: '' })
          timeline.after(1, life, resolve)
        })
      })
    },
  }
}

/** A new promise each time: a promise holds on to everything that waits for it. */
export function never(): Promise<never> {
  return new Promise(() => {})
}
