import type { Telling } from '../../core/decide/decision.ts'
import type { SimulatedStep } from '../../core/decide/simulate.ts'
import { quietText } from '../../core/model/mute.ts'
import { describeAlerts, describeEvery, describeThreshold, describeWatch } from '../../core/model/policy-words.ts'
import type { Monitor, Mute } from '../../core/model/types.ts'
import { formatDuration } from '../../core/text/duration.ts'
import { plural } from '../../core/text/plural.ts'
import { named, printable } from '../../core/text/printable.ts'
import { localTime } from '../../core/text/time.ts'
import { colours, table } from '../terminal/terminal.ts'

interface Shown {
  readonly monitor: Monitor
  /** What is simulated, in a few words. */
  readonly what: string
  /** When the first check would be. Unix epoch milliseconds. */
  readonly beginMs: number
}

/** A line for each notification, and one for each time when notifications are muted. */
export function renderSimulation(steps: Iterable<SimulatedStep>, { monitor, what, beginMs }: Shown): string {
  const { policy } = monitor
  const rows: Row[] = []
  let checkCount = 0
  let shown: Mute | null = null
  for (const step of steps) {
    checkCount++
    for (const telling of step.tellings) rows.push(tellingRow(step, telling))
    if (step.tellings.length > 0) shown = null
    const { mute } = step
    if (mute === null || isSaidBy(shown, mute, beginMs + step.atMs)) continue
    rows.push(mutedRow(step, mute, beginMs))
    shown = mute
  }
  return [
    `${printable(named(monitor.name))} is ${monitor.heartbeat === null ? 'checked ' : ''}${describeWatch(monitor)}; down after ${describeThreshold(policy.alertAfter)};` +
      ` reminders: ${describeEvery(policy.alertEvery)}; notifies ${printable(describeAlerts(policy.alertDown)) || 'nobody'}.`,
    `In ${what}, with ${plural(checkCount, 'check')}:`,
    '',
    ...(rows.length === 0 ? [] : [renderRows(rows)]),
    ...(rows.some(({ isTold }) => isTold) ? [] : ['nobody is notified']),
  ].join('\n')
}

/** One row is enough until the mute it names ends. */
function isSaidBy(shown: Mute | null, mute: Mute, atMs: number): boolean {
  return shown?.by === mute.by && (!('untilMs' in shown) || atMs < shown.untilMs)
}

interface Row {
  readonly cells: readonly string[]
  /** What follows the cells, outside of the columns. */
  readonly rest: string
  readonly isTold: boolean
}

function renderRows(rows: readonly Row[]): string {
  const lines = table(rows.map(({ cells }) => cells)).split('\n')
  return rows.map(({ rest }, index) => `${lines[index]}${rest}`).join('\n')
}

function tellingRow({ atMs, failureCount }: SimulatedStep, { kind, alerts }: Telling): Row {
  const cells = [
    colours.dim(formatDuration(atMs)),
    kind === 'up' ? colours.green(kind) : colours.red(kind),
    printable(alerts.join(', ')) || colours.dim('nobody'),
    failureCount === 0 ? '' : colours.dim(`failure ${failureCount}`),
  ]
  return { cells, rest: '', isTold: true }
}

function mutedRow({ atMs }: SimulatedStep, mute: Mute, beginMs: number): Row {
  const text = printable(
    quietText(mute, (atMs) => localTime(atMs, beginMs)),
    { newlines: 'escape' },
  )
  return { cells: [colours.dim(formatDuration(atMs)), colours.yellow('muted:')], rest: ` ${text}`, isTold: false }
}
