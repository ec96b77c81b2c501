import type { Command } from 'commander'
import type { Config } from '../../core/model/config.ts'
import {
  isSameTarget,
  muteOf,
  NO_MUTES,
  type Silence,
  type SilenceTarget,
  targetFields,
} from '../../core/model/mute.ts'
import { isoTime, localTime, localZone } from '../../core/text/time.ts'
import { addDatabaseOptions, type DatabaseOptions, findKnown } from '../options/context.ts'
import {
  addTargetOptions,
  changeMutes,
  describeTarget,
  findTarget,
  printIfNoDaemon,
  type TargetOptions,
  toTargets,
  whoIs,
} from '../options/mutes.ts'
import { EXIT } from '../terminal/outcome.ts'
import { colours, print, printError, printJson } from '../terminal/terminal.ts'

interface Options extends TargetOptions, DatabaseOptions {
  readonly json?: true
}

export function addUnsilence(program: Command, finish: (exitCode: number) => void): void {
  addTargetOptions(addDatabaseOptions(program.command('unsilence')), 'all silences')
    .usage('[options] <name…>|--tag <tag>|--group <group>|--all')
    .argument('[names...]', 'the monitors, unless --tag, --group or --all is given')
    .description('End silences early.')
    .option('--json', 'print {ended: [{monitor, tag, group, until, reason, who}], has_daemon}')
    .addHelpText(
      'after',
      '\nTakes effect within a second, without a reload. If a monitor still fails, a\n' +
        'notification goes out at its next failing check. A name ends only the silence of\n' +
        'that name; the command says if a tag still silences the monitor.\n\n' +
        'Exit codes: 0 ended; 1 there was nothing to end; 2 wrong usage or configuration,\nor the database cannot be written.',
    )
    .action(async (names: readonly string[], options: Options) => {
      const typed = toTargets(names, options)
      const place = findKnown(options)
      const { path, ...known } = place
      const nowMs = Date.now()
      const changed = await changeMutes(place, (changes) => {
        const before = changes.silences(nowMs)
        // A silence can be older than the configuration.
        const there = before.map((one) => one.target)
        const targets = typed.map((one) => findTarget(one, known, there))
        const isMeant = (one: SilenceTarget) => targets.some((target) => target === 'all' || isSameTarget(one, target))
        const ended = before.filter((one) => isMeant(one.target))
        for (const one of ended) changes.unsilence(one.target, { atMs: nowMs, who: whoIs() })
        return { targets, ended, left: before.filter((one) => !ended.includes(one)) }
      })
      const { targets, ended, left } = changed.result
      finish(ended.length === 0 ? EXIT.badNews : EXIT.fine)
      if (options.json) return printJson({ ended: ended.map(asJson), has_daemon: changed.hasDaemon })
      for (const one of ended) {
        const until = `was until ${localTime(one.untilMs, nowMs)}, ${localZone()}`
        print(`${describeTarget(one.target, known)}: ${colours.yellow('silence')} ended early (${until})`)
      }
      for (const target of targets) {
        const isThere = target === 'all' ? ended.length > 0 : ended.some((one) => isSameTarget(one.target, target))
        if (!isThere) printError(nothingToEnd(target, known))
        for (const one of stillSilencing(target, left, { config: known.config, nowMs })) {
          const by = `a silence of ${describeTarget(one.target, known)}`
          print(`${describeTarget(target, known)} is still silenced, by ${by} until ${localTime(one.untilMs, nowMs)}`)
        }
      }
      if (ended.length > 0) printIfNoDaemon(changed, path)
    })
}

function nothingToEnd(target: SilenceTarget, known: Parameters<typeof describeTarget>[1]): string {
  if (target === 'all') return 'there is no silence: there is nothing to end'
  return `there is no silence of ${describeTarget(target, known)}: there is nothing to end`
}

/** The other silences of the named monitor. */
function stillSilencing(
  target: SilenceTarget,
  left: readonly Silence[],
  { config, nowMs }: { config: Config; nowMs: number },
): readonly Silence[] {
  const monitor = config.monitors.find(({ name }) => target !== 'all' && 'monitor' in target && name === target.monitor)
  if (monitor === undefined) return []
  const about = { atMs: nowMs, maintenanceUntilMs: null, incidentId: null, parents: [] }
  return left.filter(
    (one) => muteOf(monitor, { ...about, mutes: { ...NO_MUTES, silences: [one], acknowledgements: [] } }) !== null,
  )
}

function asJson({ target, untilMs, reason, who = '' }: Silence) {
  return { ...targetFields(target), until: isoTime(untilMs), reason, who }
}
