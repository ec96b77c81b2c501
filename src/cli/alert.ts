import { existsSync } from 'node:fs'
import { type Command, Option } from 'commander'
import { pageUrls } from '../core/model/page-url.ts'
import type { NotificationKind } from '../core/model/types.ts'
import { nameMeant } from '../core/text/identity.ts'
import { createMask } from '../core/text/mask.ts'
import { suggestion } from '../core/text/nearest.ts'
import { named, printable } from '../core/text/printable.ts'
import { attempt } from '../engine/delivery/attempt.ts'
import { trialOf } from '../engine/delivery/trial.ts'
import { addConfigOption, findMonitor, loadOrRefuse } from './options/context.ts'
import { changeMutes } from './options/mutes.ts'
import { runInTurn } from './options/run-in-turn.ts'
import { SAMPLE_KINDS, sampleDeliveries } from './sample-delivery.ts'
import { EXIT, UsageError } from './terminal/outcome.ts'
import { colours, print, printJson, withSpinner } from './terminal/terminal.ts'

interface Options {
  readonly config: string
  readonly monitor?: string
  readonly kind?: NotificationKind
  readonly digest?: boolean
  readonly json?: true
}

export function addAlert(program: Command, finish: (exitCode: number) => void): void {
  addConfigOption(program.command('alert'))
    .argument('[name]', 'the alert; without a name, the alerts there are')
    .description('Send one alert for real, and show its output and exit code.')
    .option('--monitor <name>', 'the monitor to notify about; an example if omitted')
    .addOption(new Option('--kind <kind>', 'its kind; without it test, or down with --digest').choices(SAMPLE_KINDS))
    .option('--digest', 'one of that kind and two others in one message')
    .option('--json', 'print {alert, delivered, exit_code, reason, output}')
    .addHelpText(
      'after',
      '\nTries once, without retries and fallback. The message is sample data of the kind\nthat breaks alerts: quotes, a backslash, a percent sign, a line break, an\numlaut, a leading @ and a lone dot. The database keeps the result for doctor.\n\nExit codes: 0 delivered; 1 the alert failed; 2 wrong usage or configuration.',
    )
    .action(
      async (
        name: string | undefined,
        { config: path, monitor, digest: isDigest = false, json, ...options }: Options,
      ) => {
        const kind = options.kind ?? (isDigest ? 'down' : 'test')
        if (isDigest && kind === 'test')
          throw new UsageError('a test notification goes into no digest', 'leave out --kind')
        const config = loadOrRefuse(path)
        const names = [...config.alerts.keys()]
        if (name === undefined) return print(printable(names.join('\n')))
        const alert = config.alerts.get(nameMeant(name, names) ?? '')
        if (alert === undefined)
          throw new UsageError(`there is no alert ${printable(named(name))}`, suggestion(name, names))
        const about = monitor === undefined ? null : findMonitor(config, monitor)
        const deliveries = sampleDeliveries({
          alert,
          monitor: about,
          kind,
          isDigest,
          nowMs: Date.now(),
          urlOf: pageUrls(config),
        })
        // Here the message of the alert `log` is its output.
        const log = { write: () => {} }
        const mask = createMask(config.secrets)
        const [result] = await withSpinner(
          `running ${name}`,
          runInTurn([deliveries], 1, (together, runner) =>
            attempt({ deliveries: together, alert, runner, log, mask, runId: crypto.randomUUID(), nowMs: Date.now() }),
          ),
        )
        if (result === undefined) return
        // For `doctor`. The alert has been tried all the same where there is no database, or it cannot be written.
        const trial = trialOf(alert, result, Date.now())
        const database = process.env.MINITOR_DATABASE ?? config.database
        if (existsSync(database) && !result.isVoid) {
          const place = { path: database, config, configPath: path, isWhole: true }
          await changeMutes(place, (changes) => changes.noteTrial(trial)).catch(ignoreUsageError)
        }
        const { isDelivered, exitCode, reason, output } = result
        if (json) printJson({ alert: name, delivered: isDelivered, exit_code: exitCode, reason, output })
        else {
          if (output !== '') print(printable(output.trimEnd(), { newlines: 'keep' }))
          const verdict = isDelivered ? colours.green('delivered') : colours.red('failed')
          print(`${verdict}: ${name}${reason === '' ? '' : `, ${printable(reason)}`}`)
        }
        finish(isDelivered ? EXIT.fine : EXIT.badNews)
      },
    )
}

function ignoreUsageError(error: unknown): void {
  if (!(error instanceof UsageError)) throw error
}
