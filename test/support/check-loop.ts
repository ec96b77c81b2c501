import { type CheckLoop, createCheckLoop } from '../../src/engine/checks/check-loop.ts'
import { collectLog, NOTHING_KEPT } from './samples.ts'

type Options = Parameters<typeof createCheckLoop>[0]

/** A check loop that begins with nothing, tells nobody, and gives its runs the ids `run-1`, `run-2` and so on. */
export function aCheckLoop(
  options: Pick<Options, 'clock' | 'runner' | 'store'> & Partial<Pick<Options, 'log' | 'snapshot' | 'deliver'>>,
): CheckLoop {
  let runCount = 0
  return createCheckLoop({
    log: collectLog(),
    snapshot: NOTHING_KEPT,
    hostname: 'host',
    nextRunId: () => `run-${++runCount}`,
    deliver: () => {},
    onStill: () => {},
    ...options,
  })
}
