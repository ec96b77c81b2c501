import type { Command } from 'commander'
import { because } from '../../core/model/mute.ts'
import { named, printable } from '../../core/text/printable.ts'
import { isoTime, localTime } from '../../core/text/time.ts'
import { addDatabaseOptions, type DatabaseOptions, findKnown, findMonitor, findName } from '../options/context.ts'
import { changeMutes, printIfNoDaemon, whoIs } from '../options/mutes.ts'
import { EXIT } from '../terminal/outcome.ts'
import { colours, createOneLine, print, printError, printJson } from '../terminal/terminal.ts'

interface Options extends DatabaseOptions {
  readonly reason?: string
  readonly json?: true
}

const EFFECT = '\nTakes effect within a second, without a reload, and survives restarts.'

export function addPause(program: Command, finish: (exitCode: number) => void): void {
  addDatabaseOptions(program.command('pause'))
    .argument('<names...>', 'the monitors')
    .description('Stop checking monitors until they are resumed.')
    .option('--reason <text>', 'why, for other people')
    .option('--json', 'print {paused: [{monitor, since, who, reason}], has_daemon}')
    .addHelpText(
      'after',
      `${EFFECT} An open\nincident ends, pings of a heartbeat mean nothing, and the time counts neither as\nup nor as down. For failures that nobody should be told of: minitor silence.\n\n` +
        'Exit codes: 0 paused; 1 all were paused already; 2 wrong usage or configuration,\nor the database cannot be written.',
    )
    .action(async (names: readonly string[], options: Options) => {
      const place = findKnown(options)
      const { path, config } = place
      const monitors = [...new Set(names.map((name) => findMonitor(config, name)))]
      const nowMs = Date.now()
      const oneLine = createOneLine(config.secrets)
      const off = monitors.filter(({ isEnabled }) => !isEnabled)
      const changed = await changeMutes(place, (changes) => {
        const before = new Map(changes.pauses().map((pause) => [pause.monitor, pause]))
        const made = monitors
          .filter((one) => one.isEnabled && !before.has(one.name))
          .map(({ name }) => ({ monitor: name, sinceMs: nowMs, who: whoIs(), reason: options.reason ?? '' }))
        for (const pause of made) changes.change({ kind: 'pause', pause })
        return { made, before: monitors.flatMap(({ name }) => before.get(name) ?? []) }
      })
      const { made, before } = changed.result
      finish(made.length === 0 ? EXIT.badNews : EXIT.fine)
      if (options.json) {
        const paused = made.map(({ monitor, sinceMs, who, reason }) => ({
          monitor,
          since: isoTime(sinceMs),
          who,
          reason,
        }))
        return printJson({ paused, has_daemon: changed.hasDaemon })
      }
      for (const { monitor } of made) {
        print(`${printable(named(monitor))} ${colours.yellow('paused')}: it is not checked until minitor resume`)
      }
      for (const pause of before) {
        const since = `since ${localTime(pause.sinceMs, nowMs)}${oneLine(because(pause))}`
        printError(`${printable(named(pause.monitor))} is paused already, ${since}`)
      }
      for (const { name } of off) printError(`${printable(named(name))} has enabled: false in the configuration`)
      if (made.length > 0) printIfNoDaemon(changed, path)
    })
}

export function addResume(program: Command, finish: (exitCode: number) => void): void {
  addDatabaseOptions(program.command('resume'))
    .argument('<names...>', 'the monitors')
    .description('Check paused monitors again.')
    .option('--json', 'print {resumed: [monitor], has_daemon}')
    .addHelpText(
      'after',
      `${EFFECT} A resumed\nmonitor is pending until its next check.\n\n` +
        'Exit codes: 0 resumed; 1 none was paused; 2 wrong usage or configuration, or the\ndatabase cannot be written.',
    )
    .action(async (names: readonly string[], options: Options) => {
      const place = findKnown(options)
      const { path, config } = place
      const changed = await changeMutes(place, (changes) => {
        const paused = changes.pauses().map(({ monitor }) => monitor)
        // A pause can be older than the configuration.
        const known = [...new Set([...config.monitors.map(({ name }) => name), ...paused])]
        const monitors = [...new Set(names.map((name) => findName(name, known, config)))]
        const resumed = monitors.filter((monitor) => paused.includes(monitor))
        for (const monitor of resumed) changes.change({ kind: 'resume', monitor, atMs: Date.now(), who: whoIs() })
        return { resumed, others: monitors.filter((monitor) => !paused.includes(monitor)) }
      })
      const { resumed, others } = changed.result
      finish(resumed.length === 0 ? EXIT.badNews : EXIT.fine)
      if (options.json) return printJson({ resumed, has_daemon: changed.hasDaemon })
      for (const monitor of resumed) print(`${printable(named(monitor))} ${colours.green('resumed')}`)
      for (const monitor of others) {
        const isOff = config.monitors.some((one) => one.name === monitor && !one.isEnabled)
        printError(
          `${printable(named(monitor))} ${isOff ? 'has enabled: false in the configuration' : 'is not paused'}`,
        )
      }
      if (resumed.length > 0) printIfNoDaemon(changed, path)
    })
}
