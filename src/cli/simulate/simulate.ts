import { type Command, Option } from 'commander'
import { renderMistakes } from '../../config/read/report.ts'
import { type SimulatedStep, simulate } from '../../core/decide/simulate.ts'
import { quietText } from '../../core/model/mute.ts'
import type { Monitor, MonitorState } from '../../core/model/types.ts'
import { parseDuration } from '../../core/text/duration.ts'
import { named, printable } from '../../core/text/printable.ts'
import { createCronSchedule } from '../../engine/checks/cron.ts'
import { addDatabaseOptions, findMonitor, loadWithWarnings } from '../options/context.ts'
import { expectMutes } from '../options/mutes.ts'
import { UsageError } from '../terminal/outcome.ts'
import { print, printError, printJson } from '../terminal/terminal.ts'
import { renderSimulation } from './simulation-text.ts'

interface Options {
  readonly config: string
  readonly database?: string
  readonly outage: string
  readonly outcomes?: string
  readonly json?: true
}

export function addSimulate(program: Command): void {
  addDatabaseOptions(program.command('simulate'), 'the database to read silences from, if it exists')
    .argument('<name>', 'the monitor')
    .description('Print which alerts an outage would fire, and when, without running anything.')
    .addOption(new Option('--outage <duration>', 'every check fails for that long, then one passes').default('24h'))
    .addOption(new Option('--outcomes <letters>', 'F fails, S passes, one for each check: FFSF').conflicts('outage'))
    .option(
      '--json',
      'print {steps: [{at_ms, outcome, status, notification, alerts, failure_count, alert_count, quiet}]}, one step for each check; quiet is why nobody is notified',
    )
    .addHelpText(
      'after',
      '\nShows the checks that would notify somebody, or would without a mute. Times\ncount from the first check. Maintenance and silences are those that would apply\nif it began now. Assumes that the monitors of depends_on are up and the guard\npasses.\n\nExit codes: 0 fine; 2 wrong usage or configuration.',
    )
    .action((name: string, options: Options) => {
      const { config, warnings } = loadWithWarnings(options.config)
      if (warnings.length > 0) printError(renderMistakes(warnings, 'warning'))
      const monitor = findMonitor(config, name)
      const { beginMs, nextSlotMs } = slotsOf(monitor, Date.now())
      const outcomeAt = outcomesOf(options)
      const mutes = expectMutes(monitor, { config, database: options.database })
      const steps = simulate({ monitor, nextSlotMs, outcomeAt, muteAt: (atMs) => mutes(beginMs + atMs) })
      if (options.json) printJson({ steps: [...steps].map(asJson) })
      else print(renderSimulation(steps, { monitor, what: whatOf(options), beginMs }))
    })
}

type OutcomeAt = (atMs: number, index: number, state: MonitorState) => 'passed' | 'failed' | null

function outcomesOf({ outage, outcomes }: Options): OutcomeAt {
  if (outcomes !== undefined) {
    const letters = [...outcomes.toUpperCase()]
    const wrong = letters.find((letter) => letter !== 'F' && letter !== 'S')
    if (wrong !== undefined || letters.length === 0) {
      throw new UsageError(
        `--outcomes takes F (fails) and S (passes), not ${printable(named(wrong ?? ''))}`,
        'for example --outcomes FFFSF',
      )
    }
    return (_, index) => (letters[index] === undefined ? null : letters[index] === 'S' ? 'passed' : 'failed')
  }
  const outageMs = parseDuration(outage)
  if (outageMs === null || outageMs === 0) {
    throw new UsageError(
      `--outage takes a duration, not ${printable(named(outage))}`,
      'for example --outage 90m, 24h or 3d',
    )
  }
  return (atMs, _, { status, flapping }) => {
    if (atMs < outageMs) return 'failed'
    return status === 'up' && flapping === null ? null : 'passed'
  }
}

/** The first slot and those after it: an interval begins now, a cron schedule with its next slot. */
function slotsOf({ schedule }: Monitor, nowMs: number) {
  if (schedule.kind === 'interval')
    return { beginMs: nowMs, nextSlotMs: (afterMs: number) => afterMs + schedule.intervalMs }
  const cron = createCronSchedule(schedule.expression, schedule.timezone)
  const beginMs = cron(nowMs) ?? nowMs
  return { beginMs, nextSlotMs: (afterMs: number) => (cron(beginMs + afterMs) ?? Infinity) - beginMs }
}

function asJson({ atMs, outcome, status, tellings, quiet, failureCount, alertCount }: SimulatedStep) {
  return {
    at_ms: atMs,
    outcome,
    status,
    notification: tellings[0]?.kind ?? null,
    alerts: tellings.flatMap(({ alerts }) => alerts),
    failure_count: failureCount,
    alert_count: alertCount,
    quiet: quietText(quiet) || null,
  }
}

function whatOf({ outage, outcomes }: Options): string {
  return outcomes === undefined ? `an outage of ${outage}` : `the outcomes ${outcomes.toUpperCase()}`
}
