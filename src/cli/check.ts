import { type Command, Option } from 'commander'
import { judge } from '../core/decide/judge.ts'
import type { Config } from '../core/model/config.ts'
import { isPass } from '../core/model/state.ts'
import type { CheckResult, Ending, Monitor, Outcome } from '../core/model/types.ts'
import { causeText, firstLine } from '../core/past/summary.ts'
import { excerpt, someLines } from '../core/text/cut.ts'
import { createMask } from '../core/text/mask.ts'
import { plural } from '../core/text/plural.ts'
import { printable } from '../core/text/printable.ts'
import { addConfigOption, loadOrRefuse } from './options/context.ts'
import { findMonitors, optionOf, type TargetOptions } from './options/mutes.ts'
import { runInTurn } from './options/run-in-turn.ts'
import { EXIT } from './terminal/outcome.ts'
import { colours, print, printJson, table, withSpinner } from './terminal/terminal.ts'

interface Checked extends Omit<CheckResult, 'outcome'> {
  /** Null for a heartbeat: there is nothing to run. */
  readonly outcome: Outcome | null
  readonly signal: string | null
}

export function addCheck(program: Command, finish: (exitCode: number) => void): void {
  addConfigOption(program.command('check'))
    .argument('[names...]', 'monitors to check; without names, all that are enabled')
    .addOption(new Option('--tag <tag>', 'those with this tag').conflicts('group'))
    .option('--group <group>', 'those of this group')
    .description('Run checks once, now, concurrently. No alerts, no state.')
    .option('--json', 'print [{monitor, outcome, exit_code, signal, duration_ms, output, reason}]')
    .addHelpText(
      'after',
      '\nOutcomes: passed; warned (counts as passed); failed; timed_out; not_started;\nvoid (Minitor lacked the resources to start it).\nA heartbeat has none (null with --json): it waits to be pinged; see\nminitor status.\n\nExit codes: 0 all passed; 1 one did not; 2 wrong usage or configuration.',
    )
    .action(async (names: string[], options: Options) => {
      const config = loadOrRefuse(options.config)
      const monitors =
        names.length === 0 && optionOf(options) === undefined
          ? config.monitors.filter((monitor) => monitor.isEnabled)
          : chosenOf(names, options, config)
      const text = `running ${plural(monitors.length, 'check')}`
      const checked = await withSpinner(text, checkAll(monitors, config))
      if (options.json) printJson(checked.map(asJson))
      else print(render(checked))
      finish(checked.every(({ outcome }) => outcome === null || isPass({ outcome })) ? EXIT.fine : EXIT.badNews)
    })
}

interface Options extends Pick<TargetOptions, 'tag' | 'group'> {
  readonly config: string
  readonly json?: true
}

/** A monitor that is named is checked even if it is not enabled. */
function chosenOf(names: readonly string[], options: Options, config: Config): readonly Monitor[] {
  const chosen = findMonitors(names, options, { config, isWhole: true })
  return chosen.filter(({ isEnabled }) => names.length > 0 || isEnabled)
}

async function checkAll(monitors: readonly Monitor[], config: Config): Promise<Checked[]> {
  const mask = createMask(config.secrets)
  return runInTurn(monitors, config.maxConcurrentChecks, async (monitor, runner) => {
    const runId = crypto.randomUUID()
    const startedAtMs = Date.now()
    if (monitor.command === null) return nothingToRun(monitor.name, runId, startedAtMs)
    const run = await runner.run({
      command: monitor.command,
      env: { ...monitor.env, MINITOR_MONITOR_NAME: monitor.name },
      workingDirectory: monitor.workingDirectory,
      timeoutMs: monitor.timeoutMs,
      runId,
      input: null,
    })
    const check = judge({ ...run, output: mask(run.output) }, { monitor, runId, startedAtMs })
    return { ...check, reason: mask(check.reason), signal: signalOf(run.ending) }
  })
}

function nothingToRun(monitor: string, runId: string, startedAtMs: number): Checked {
  const reason = 'a heartbeat: it waits to be pinged, there is nothing to run'
  const nothing = { outcome: null, exitCode: null, signal: null, output: '', durationMs: 0 }
  return { monitor, runId, startedAtMs, reason, ...nothing }
}

function signalOf(ending: Ending): string | null {
  return ending.kind === 'signaled' ? ending.signal : null
}

function asJson({ monitor, outcome, exitCode, signal, durationMs, output, reason }: Checked) {
  return { monitor, outcome, exit_code: exitCode, signal, duration_ms: Math.round(durationMs), output, reason }
}

const PAINT: Readonly<Record<Outcome, (text: string) => string>> = {
  passed: colours.green,
  warned: colours.yellow,
  failed: colours.red,
  timed_out: colours.red,
  not_started: colours.red,
  void: colours.dim,
}

/** One line per check: what it said if it passed; else the cause, with the output below, `--json` has all of it. */
function render(checked: readonly Checked[]): string {
  if (checked.length === 0) return 'no monitor is enabled'
  const rows = checked.map((check) => [
    check.outcome === null ? colours.dim('heartbeat') : PAINT[check.outcome](check.outcome),
    printable(check.monitor),
    check.outcome === null ? '' : colours.dim(`${Math.round(check.durationMs)}ms`),
    printable(resultOf(check)),
  ])
  const lines = table(rows).split('\n')
  return checked
    .flatMap((check, index) => [lines[index] ?? '', ...(check.outcome === 'passed' ? [] : said(check))])
    .join('\n')
}

/** In one line: what a check that passed has said, or the cause. */
function resultOf(check: Checked): string {
  const text = check.outcome === 'passed' ? firstLine(check.output) || check.reason : causeText(check)
  return excerpt(text, LINE_LIMIT)
}

/** An error stands at the end. */
const LINES_SHOWN = { head: 6, tail: 13 }
/** Nobody reads more of a line. */
const LINE_LIMIT = 500

function said({ output }: Checked): string[] {
  // The cause has said a single line.
  if (output.trim() === firstLine(output)) return []
  return someLines(output, LINES_SHOWN).map((line) => `  ${colours.dim('|')} ${printable(excerpt(line, LINE_LIMIT))}`)
}
