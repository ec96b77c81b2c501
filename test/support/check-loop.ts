import type { MetricFamily } from '../../src/core/model/metric.ts'
import { type Checks, openChecks } from '../../src/engine/checks/open.ts'
import { collectLog, NOTHING_KEPT } from './samples.ts'

type Options = Parameters<typeof openChecks>[0]

/** Checks that begin with nothing, tell nobody, and give their runs the ids `run-1`, `run-2` and so on. */
export function aCheckLoop(
  options: Pick<Options, 'clock' | 'runner' | 'store'> &
    Partial<Pick<Options, 'log' | 'snapshot' | 'deliver' | 'leading'>>,
): Checks {
  let runCount = 0
  return openChecks({
    log: collectLog(),
    snapshot: NOTHING_KEPT,
    hostname: 'host',
    nextRunId: () => `run-${++runCount}`,
    deliver: () => {},
    onStill: () => {},
    ...options,
  })
}

/** All metrics of checks. */
export function familiesOf(checks: Checks): readonly MetricFamily[] {
  const { monitors, schedule, processes } = checks.families()
  return [...monitors, ...schedule, ...processes]
}
