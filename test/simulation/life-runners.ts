import type { Runner } from '../../src/core/model/ports.ts'
import { createLifeRunner } from './life-runner.ts'
import type { Life, Timeline } from './timeline.ts'
import type { Truth } from './truth.ts'
import type { Witness } from './witness.ts'

/** A moment at which a process can be made to die while it runs a command. */
export type RunMoment = 'when an alert starts' | 'when an alert has ended' | 'when a check starts'

interface Options {
  readonly timeline: Timeline
  readonly life: Life
  readonly play: Truth['play']
  readonly witness: Required<Witness>
  readonly onMoment: (moment: RunMoment) => void
}

/** The two runners of a process. A witness sees all that they run, except for the watchdog. */
export function createLifeRunners(options: Options): { checkRunner: Runner; alertRunner: Runner } {
  const { witness, onMoment } = options
  return {
    checkRunner: createLifeRunner({
      ...options,
      onStart(run) {
        if (run.command[0] === 'guard') return witness.guardStarted(run)
        witness.checkStarted(run)
        onMoment('when a check starts')
      },
      onEnd(run, ending) {
        if (run.command[0] === 'guard') witness.guardEnded(run, ending)
        else witness.checkEnded(run, ending)
      },
    }),
    alertRunner: createLifeRunner({
      ...options,
      onStart(run) {
        if (run.command[0] === 'watchdog') return
        witness.alertStarted(run)
        onMoment('when an alert starts')
      },
      onEnd(run, ending) {
        if (run.command[0] === 'watchdog') return
        // The command has reached somebody, whether or not the process lives to see it end.
        onMoment('when an alert has ended')
        witness.alertEnded(run, ending)
      },
    }),
  }
}
