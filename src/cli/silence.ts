import type { Command } from 'commander'
import {
  isSameTarget,
  LONGEST_SILENCE_MS,
  SILENCE_TOO_LONG,
  type SilenceTarget,
  targetFields,
} from '../core/model/mute.ts'
import { formatDuration, parseDuration } from '../core/text/duration.ts'
import { printable } from '../core/text/printable.ts'
import { isoTime, localTime, localZone } from '../core/text/time.ts'
import { addDatabaseOptions, type DatabaseOptions, findKnown } from './options/context.ts'
import {
  addTargetOptions,
  changeMutes,
  describeTarget,
  findTarget,
  printIfNoDaemon,
  type TargetOptions,
  toTarget,
} from './options/mutes.ts'
import { UsageError } from './terminal/outcome.ts'
import { colours, print, printJson } from './terminal/terminal.ts'

interface Options extends TargetOptions, DatabaseOptions {
  readonly reason?: string
  readonly json?: true
}

export function addSilence(program: Command): void {
  addTargetOptions(addDatabaseOptions(program.command('silence')), 'all monitors')
    .usage('[options] <name>|--tag <tag>|--all <duration>')
    .argument('[name]', 'the monitor, unless --tag or --all is given')
    .argument('[duration]', 'for how long: 30m, 2h, 1d')
    .description('Silence monitors for a time: checks go on, no notifications are sent.')
    .option('--reason <text>', 'why, for other people')
    .option('--json', 'print {monitor, tag, until, duration_ms, reason, replaced, has_daemon}; replaced is a number')
    .addHelpText(
      'after',
      '\nTakes effect within a second, without a reload, and survives restarts. Replaces\n' +
        'an older silence of the same name or tag. Whoever was notified of trouble before\n' +
        'is notified of the recovery. Whatever still fails at the end is notified at its\n' +
        'next failing check.\n\n' +
        'Exit codes: 0 silenced; 2 wrong usage or configuration, or the database cannot\nbe written.',
    )
    .action((first: string | undefined, second: string | undefined, options: Options) => {
      const { target: typed, durationMs } = wordsOf(first, second, options)
      const { path, ...known } = findKnown(options)
      const target = findTarget(typed, known)
      const nowMs = Date.now()
      const silence = { target, untilMs: nowMs + durationMs, reason: options.reason ?? '' }
      const changed = changeMutes(path, (changes) => {
        const replaced = changes.silences(nowMs).filter((one) => isSameTarget(one.target, target))
        changes.silence(silence, nowMs)
        return replaced
      })
      if (options.json)
        return printJson(asJson({ ...silence, durationMs, replaced: changed.result.length, ...changed }))
      const until = `until ${localTime(silence.untilMs, nowMs)} (${localZone()})`
      print(
        `${describeTarget(target, known)} ${colours.yellow('silenced')} for ${formatDuration(durationMs)}, ${until}`,
      )
      for (const { untilMs } of changed.result) print(`It replaces a silence until ${localTime(untilMs, nowMs)}.`)
      printIfNoDaemon(changed, path)
    })
}

/** With --tag and --all, the duration is the first word. */
function wordsOf(first: string | undefined, second: string | undefined, options: TargetOptions) {
  const isByName = options.tag === undefined && !options.all
  const example = isByName ? '<name>' : options.all ? '--all' : '--tag <tag>'
  const hint = `for example: minitor silence ${example} 2h`
  if (first === undefined) throw new UsageError('name what to silence, and for how long', hint)
  const duration = isByName || second !== undefined ? second : first
  const target = toTarget(isByName || second !== undefined ? first : undefined, options)
  if (duration === undefined) throw new UsageError('give a duration', hint)
  const durationMs = parseDuration(duration)
  if (durationMs === null || durationMs === 0) {
    const isTurned = second !== undefined && isByName && parseDuration(first) !== null
    const help = isTurned ? `the name comes first: minitor silence "${printable(second)}" ${first}` : hint
    throw new UsageError(`"${printable(duration)}" is not a duration`, help)
  }
  if (durationMs > LONGEST_SILENCE_MS) throw new UsageError(SILENCE_TOO_LONG, 'for longer, write enabled: false')
  return { target, durationMs }
}

interface Silenced {
  readonly target: SilenceTarget
  readonly untilMs: number
  readonly durationMs: number
  readonly reason: string
  readonly replaced: number
  readonly hasDaemon: boolean
}

function asJson({ target, untilMs, durationMs, reason, replaced, hasDaemon }: Silenced) {
  return {
    ...targetFields(target),
    until: isoTime(untilMs),
    duration_ms: durationMs,
    reason,
    replaced,
    has_daemon: hasDaemon,
  }
}
