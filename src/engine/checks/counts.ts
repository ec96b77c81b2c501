import type { MetricFamily, Sample } from '../../core/model/metric.ts'
import { isPass } from '../../core/model/state.ts'
import type { CheckResult, Mute, Outcome, Status } from '../../core/model/types.ts'

/** The checks of one monitor since the daemon started. */
export interface Tally {
  /** Checks that passed, by whether one led to a notification; the same for those that failed. */
  readonly passed: { quiet: number; told: number }
  readonly failed: { quiet: number; told: number }
  voidCount: number
  /** Slots that passed while the monitor was still running or waiting. */
  skippedCount: number
  lastPassedMs: number | null
  lastFailedMs: number | null
  /** Output of the last check, from which performance data is read. */
  lastOutput: string
}

export function emptyTally(): Tally {
  return {
    passed: { quiet: 0, told: 0 },
    failed: { quiet: 0, told: 0 },
    voidCount: 0,
    skippedCount: 0,
    lastPassedMs: null,
    lastFailedMs: null,
    lastOutput: '',
  }
}

/** Adds one check. */
export function count(tally: Tally, check: CheckResult, isTold: boolean): void {
  if (check.outcome === 'void') {
    tally.voidCount++
    return
  }
  const counts = isPass(check) ? tally.passed : tally.failed
  if (isTold) counts.told++
  else counts.quiet++
  if (isPass(check)) tally.lastPassedMs = check.durationMs
  else tally.lastFailedMs = check.durationMs
  tally.lastOutput = check.output
}

/** One monitor at the moment of a scrape. */
export interface MonitorTally extends Readonly<Tally> {
  readonly monitor: string
  readonly status: Status
  /** What would mute it now; null if nothing would. */
  readonly mutedBy: Mute['by'] | null
  /** Start of the last check that counts, also of one before the daemon started. Unix epoch milliseconds. */
  readonly lastCheckAtMs: number | null
}

/** The metrics of monitors. The first four keep the names that Minitor and minitor-go gave them. */
export function monitorFamilies(tallies: readonly MonitorTally[]): [MetricFamily, ...MetricFamily[]] {
  const perMonitor = (samplesOf: (tally: MonitorTally) => Iterable<Sample>): MetricFamily['samples'] =>
    function* () {
      for (const tally of tallies) yield* samplesOf(tally)
    }
  return [
    {
      name: 'minitor_check_total',
      help: 'Checks by result, and by whether they led to an alert.',
      type: 'counter',
      samples: perMonitor(checkCounts),
    },
    {
      name: 'minitor_monitor_up_count',
      help: 'Whether a monitor is down (0) or not (1).',
      type: 'gauge',
      samples: perMonitor(({ monitor, status }) => [{ labels: { monitor }, value: status === 'down' ? 0 : 1 }]),
    },
    {
      name: 'minitor_monitor_status',
      help: 'Always 1; the status that a monitor has now is in the label.',
      type: 'gauge',
      samples: perMonitor(({ monitor, status }) => [{ labels: { monitor, status }, value: 1 }]),
    },
    {
      name: 'minitor_monitor_muted',
      help: 'Always 1, for monitors of which nobody would be told now; what keeps them quiet is in the label.',
      type: 'gauge',
      samples: perMonitor(({ monitor, mutedBy }) =>
        mutedBy === null ? [] : [{ labels: { monitor, by: mutedBy }, value: 1 }],
      ),
    },
    {
      name: 'minitor_check_last_timestamp_seconds',
      help: 'Start of the last check that counts, Unix time.',
      type: 'gauge',
      samples: perMonitor(({ monitor, lastCheckAtMs }) =>
        lastCheckAtMs === null ? [] : [{ labels: { monitor }, value: lastCheckAtMs / 1000 }],
      ),
    },
    {
      name: 'minitor_check_milliseconds',
      help: 'How long the last check with that result took, in milliseconds.',
      type: 'gauge',
      samples: perMonitor(checkTimes),
    },
    {
      name: 'minitor_check_void_total',
      help: 'Checks that count for nothing, as Minitor itself was at fault.',
      type: 'counter',
      samples: perMonitor(({ monitor, voidCount }) => nonZero(monitor, voidCount)),
    },
    {
      name: 'minitor_check_skipped_total',
      help: 'Checks left out, as the one before still ran or waited.',
      type: 'counter',
      samples: perMonitor(({ monitor, skippedCount }) => nonZero(monitor, skippedCount)),
    },
  ]
}

/** All four from the start, zero or not: a rate can only see a count that was there before it grew. */
function* checkCounts({ monitor, passed, failed }: MonitorTally): Generator<Sample> {
  yield { labels: { monitor, status: 'success', is_alert: 'false' }, value: passed.quiet }
  yield { labels: { monitor, status: 'success', is_alert: 'true' }, value: passed.told }
  yield { labels: { monitor, status: 'failure', is_alert: 'false' }, value: failed.quiet }
  yield { labels: { monitor, status: 'failure', is_alert: 'true' }, value: failed.told }
}

function* checkTimes({ monitor, lastPassedMs, lastFailedMs }: MonitorTally): Generator<Sample> {
  if (lastPassedMs !== null) yield { labels: { monitor, status: 'success' }, value: lastPassedMs }
  if (lastFailedMs !== null) yield { labels: { monitor, status: 'failure' }, value: lastFailedMs }
}

function nonZero(monitor: string, value: number): Sample[] {
  return value === 0 ? [] : [{ labels: { monitor }, value }]
}

/** From a program that only asks the kernel to one that runs into the longest default timeout. */
const BOUNDS_MS = [5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 30_000, 60_000]

const COUNTED: readonly Outcome[] = ['passed', 'warned', 'failed', 'timed_out', 'not_started']

/** How long checks took, by outcome: over all monitors, so that ten thousand of them are no more series than one. */
export interface DurationCounts {
  /** One that is `void` counts for nothing here, too. */
  add(check: Pick<CheckResult, 'outcome' | 'durationMs'>): void
  readonly family: MetricFamily
}

export function createDurationCounts(): DurationCounts {
  // Each check is in one bucket, the first whose bound it does not exceed; the last bucket has no bound.
  const byOutcome = new Map(COUNTED.map((outcome) => [outcome, { sumMs: 0, counts: [...BOUNDS_MS, 0].fill(0) }]))

  const samples = function* (): Generator<Sample> {
    for (const [outcome, { sumMs, counts }] of byOutcome) {
      let total = 0
      for (const [index, more] of counts.entries()) {
        total += more
        const boundMs = BOUNDS_MS[index]
        const le = boundMs === undefined ? '+Inf' : String(boundMs / 1000)
        yield { suffix: '_bucket', labels: { outcome, le }, value: total }
      }
      yield { suffix: '_sum', labels: { outcome }, value: sumMs / 1000 }
      yield { suffix: '_count', labels: { outcome }, value: total }
    }
  }

  return {
    add({ outcome, durationMs }) {
      const known = byOutcome.get(outcome)
      if (known === undefined) return
      const found = BOUNDS_MS.findIndex((boundMs) => durationMs <= boundMs)
      const bucket = found === -1 ? BOUNDS_MS.length : found
      known.counts[bucket] = (known.counts[bucket] ?? 0) + 1
      known.sumMs += durationMs
    },
    family: {
      name: 'minitor_check_duration_seconds',
      help: 'How long checks took, by outcome, over all monitors.',
      type: 'histogram',
      samples,
    },
  }
}
