import type { Command } from 'commander'
import {
  isSameTarget,
  LONGEST_SILENCE_MS,
  SILENCE_TOO_LONG,
  type SilenceTarget,
  targetFields,
} from '../../core/model/mute.ts'
import { formatDuration, parseDuration } from '../../core/text/duration.ts'
import { named, printable } from '../../core/text/printable.ts'
import { isoTime, localTime, localZone } from '../../core/text/time.ts'
import { addDatabaseOptions, type DatabaseOptions, findKnown } from '../options/context.ts'
import {
  addTargetOptions,
  changeMutes,
  describeTarget,
  findTarget,
  optionOf,
  printIfNoDaemon,
  type TargetOptions,
  toTargets,
  whoIs,
} from '../options/mutes.ts'
import { quoteForShell } from '../options/places.ts'
import { UsageError } from '../terminal/outcome.ts'
import { colours, print, printJson } from '../terminal/terminal.ts'

interface Options extends TargetOptions, DatabaseOptions {
  readonly reason?: string
  readonly json?: true
}

export function addSilence(program: Command): void {
  addTargetOptions(addDatabaseOptions(program.command('silence')), 'all monitors')
    .usage('[options] <name…>|--tag|--group|--all <duration>')
    .argument('[words...]', 'the monitors, unless --tag, --group or --all is given; then for how long: 30m, 2h, 1d')
    .description('Silence monitors for a time: checks go on, no notifications are sent.')
    .option('--reason <text>', 'why, for other people')
    .option(
      '--json',
      'print {monitor, tag, group, until, duration_ms, reason, replaced, has_daemon}, of several monitors a list of them; replaced is a number',
    )
    .addHelpText(
      'after',
      '\nTakes effect within a second, without a reload, and survives restarts. Replaces\n' +
        'an older silence of the same name or tag. A recovery is notified all the same if\n' +
        'the trouble was. If a monitor still fails at the end, a notification goes out at\n' +
        'its next failing check.\n\n' +
        'Exit codes: 0 silenced; 2 wrong usage or configuration, or the database cannot\nbe written.',
    )
    .action(async (words: readonly string[], options: Options) => {
      const { targets: typed, durationMs } = wordsOf(words, options)
      const place = findKnown(options)
      const { path, ...known } = place
      const targets = typed.map((one) => findTarget(one, known))
      const nowMs = Date.now()
      const untilMs = nowMs + durationMs
      const reason = options.reason ?? ''
      const changed = await changeMutes(place, (changes) =>
        targets.map((target) => {
          const replaced = changes.silences(nowMs).filter((one) => isSameTarget(one.target, target))
          changes.silence({ target, untilMs, reason, who: whoIs() }, nowMs)
          return { target, replaced }
        }),
      )
      if (options.json) {
        const all = changed.result.map(({ target, replaced }) =>
          asJson({ target, untilMs, reason, durationMs, replaced: replaced.length, ...changed }),
        )
        return printJson(all.length === 1 ? all[0] : all)
      }
      const until = `until ${localTime(untilMs, nowMs)} (${localZone()})`
      for (const { target, replaced } of changed.result) {
        print(
          `${describeTarget(target, known)} ${colours.yellow('silenced')} for ${formatDuration(durationMs)}, ${until}`,
        )
        for (const one of replaced) print(`It replaces a silence until ${localTime(one.untilMs, nowMs)}.`)
      }
      printIfNoDaemon(changed, path)
    })
}

/** The last word is the duration. */
function wordsOf(words: readonly string[], options: TargetOptions) {
  const option = optionOf(options)
  const example = { '--tag': '--tag <tag>', '--group': '--group <group>', '--all': '--all', '': '<name>' }[option ?? '']
  const hint = `for example: minitor silence ${example} 2h`
  const [first, second] = words
  if (first === undefined) throw new UsageError('name what to silence, and for how long', hint)
  if (option === undefined && second === undefined) throw new UsageError('give a duration', hint)
  const duration = words.at(-1) ?? ''
  const durationMs = parseDuration(duration)
  if (durationMs === null || durationMs === 0) {
    const isTurned = second !== undefined && option === undefined && parseDuration(first) !== null
    const names = words.slice(1).map((word) => quoteForShell(printable(word)))
    const help = isTurned ? `the name comes first: minitor silence ${names.join(' ')} ${first}` : hint
    throw new UsageError(`${printable(named(duration))} is not a duration`, help)
  }
  if (durationMs > LONGEST_SILENCE_MS) throw new UsageError(SILENCE_TOO_LONG, 'for longer, write enabled: false')
  return { targets: toTargets(words.slice(0, -1), options), durationMs }
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
