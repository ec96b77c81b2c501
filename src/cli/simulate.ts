import { type Command, Option } from 'commander'
import type { Telling } from '../core/decision.ts'
import { formatDuration, parseDuration } from '../core/duration.ts'
import { plural } from '../core/plural.ts'
import { printable } from '../core/printable.ts'
import { type SimulatedStep, simulate } from '../core/simulate.ts'
import type { Monitor, Status } from '../core/types.ts'
import { createCronSchedule } from '../engine/cron.ts'
import { addConfigOption, findMonitor, loadOrRefuse } from './config-option.ts'
import { UsageError } from './outcome.ts'
import { describeAlerts, describeEvery, describeSchedule, describeThreshold } from './policy-words.ts'
import { colours, print, printJson, table } from './terminal.ts'

interface Options {
  readonly config: string
  readonly outage: string
  readonly outcomes?: string
  readonly json?: true
}

export function addSimulate(program: Command): void {
  addConfigOption(program.command('simulate'))
    .argument('<name>', 'the monitor')
    .description('Print when which alert would fire, without running anything.')
    .addOption(new Option('--outage <duration>', 'every check fails for that long, then one passes').default('24h'))
    .addOption(new Option('--outcomes <letters>', 'F fails, S passes, one for each check: FFSF').conflicts('outage'))
    .option(
      '--json',
      'print {steps: [{at_ms, outcome, status, notification, alerts, failure_count, alert_count}]}, one step for each check',
    )
    .addHelpText(
      'after',
      '\nShows the checks at which somebody is told; times count from the first check.\nSays nothing of depends_on: it takes the other monitors for up.\n\nExit codes: 0 fine; 2 wrong usage or configuration.',
    )
    .action((name: string, options: Options) => {
      const monitor = findMonitor(loadOrRefuse(options.config), name)
      const steps = simulate({ monitor, nextSlotMs: slotsOf(monitor), outcomeAt: outcomesOf(options) })
      if (options.json) printJson({ steps: [...steps].map(asJson) })
      else print(render(monitor, steps, options))
    })
}

type OutcomeAt = (atMs: number, index: number, status: Status) => 'passed' | 'failed' | null

function outcomesOf({ outage, outcomes }: Options): OutcomeAt {
  if (outcomes !== undefined) {
    const letters = [...outcomes.toUpperCase()]
    const wrong = letters.find((letter) => letter !== 'F' && letter !== 'S')
    if (wrong !== undefined || letters.length === 0) {
      throw new UsageError(
        `--outcomes takes F (fails) and S (passes), not "${wrong ?? ''}"`,
        'for example --outcomes FFFSF',
      )
    }
    return (_, index) => (letters[index] === undefined ? null : letters[index] === 'S' ? 'passed' : 'failed')
  }
  const outageMs = parseDuration(outage)
  if (outageMs === null || outageMs === 0) {
    throw new UsageError(`--outage takes a duration, not "${outage}"`, 'for example --outage 90m, 24h or 3d')
  }
  return (atMs, _, status) => {
    if (atMs < outageMs) return 'failed'
    return status === 'up' ? null : 'passed'
  }
}

/** Cron slots are those from now on; with an interval the day does not matter. */
function slotsOf({ schedule }: Monitor): (afterMs: number) => number {
  if (schedule.kind === 'interval') return (afterMs) => afterMs + schedule.intervalMs
  const cron = createCronSchedule(schedule.expression, schedule.timezone)
  const firstMs = cron(Date.now()) ?? Date.now()
  return (afterMs) => (cron(firstMs + afterMs) ?? Number.POSITIVE_INFINITY) - firstMs
}

function asJson({ atMs, outcome, status, tellings, failureCount, alertCount }: SimulatedStep) {
  return {
    at_ms: atMs,
    outcome,
    status,
    notification: tellings[0]?.kind ?? null,
    alerts: tellings.flatMap(({ alerts }) => alerts),
    failure_count: failureCount,
    alert_count: alertCount,
  }
}

function render(monitor: Monitor, steps: Iterable<SimulatedStep>, { outage, outcomes }: Options): string {
  const { policy, schedule } = monitor
  const rows: string[][] = []
  let checkCount = 0
  for (const step of steps) {
    checkCount++
    for (const telling of step.tellings) rows.push(row(step, telling))
  }
  const what = outcomes === undefined ? `an outage of ${outage}` : `the outcomes ${outcomes.toUpperCase()}`
  return [
    `"${printable(monitor.name)}" is checked ${describeSchedule(schedule)}; down after ${describeThreshold(policy.alertAfter)};` +
      ` reminders: ${describeEvery(policy.alertEvery)}; tells ${printable(describeAlerts(policy.alertDown)) || 'nobody'}.`,
    `In ${what}, with ${plural(checkCount, 'check')}:`,
    '',
    rows.length === 0 ? 'nobody is told' : table(rows),
  ].join('\n')
}

function row({ atMs, failureCount }: SimulatedStep, { kind, alerts }: Telling): string[] {
  return [
    colours.dim(formatDuration(atMs)),
    kind === 'up' ? colours.green(kind) : colours.red(kind),
    printable(alerts.join(', ')) || colours.dim('nobody'),
    kind === 'up' ? '' : colours.dim(`failure ${failureCount}`),
  ]
}
