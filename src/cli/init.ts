import { existsSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type Command, Option } from 'commander'
import { quoteForShell } from './options/places.ts'
import { UsageError } from './terminal/outcome.ts'
import { print } from './terminal/terminal.ts'

/** Works on any machine, and shows how to go on. */
const STARTER = `# Minitor runs these commands again and again, and runs alerts when they fail.
# All keys: docs/configuration.md, or \`minitor schema\` for your editor.

check_interval: 30s # how often each monitor is checked, unless it says otherwise

# A status page on http://127.0.0.1:8080; the log says how to sign in. More: docs/web.md
# web: {}

monitors:
  - name: Root disk
    description: At least a tenth of the root file system is free.
    command: df -P / | awk 'NR == 2 { print $5 " used"; exit $5 + 0 >= 90 }'
    alert_after: 2 # failures in a row before an alert
    alert_every: 4h # reminders this far apart; -1 (the default) backs off, 0 sends none
    alert_down: [log]
    alert_up: [log]

  - name: Load
    description: The load of the last five minutes is below four for each processor.
    command: awk -v cpus="$(nproc)" '{ print $2; exit !($2 < 4 * cpus) }' /proc/loadavg
    alert_down: [log]

  # - name: My website
  #   command: [curl, --silent, --show-error, --fail, --output, /dev/null, 'https://example.org/']
  #   check_interval: 1m
  #   alert_down: [log, mail]
  #   alert_up: [mail]

  # - name: Nightly backup # waits for: curl -fsS --retry 5 http://127.0.0.1:8080/ping/KEY
  #   heartbeat: {key: KEY, interval: 1d, grace: 1h} # needs web: {}
  #   alert_after: 1

# \`log\` always exists: it writes to Minitor's own log. For another alert, remove the # before it, try it with
# \`minitor alert mail\`, and name it in the monitors. More recipes: docs/notifications.md
# alerts:
#   mail:
#     command: [sendmail, -i, root]
#     input: |
#       To: root
#       Subject: {alert_message}
#
#       {last_output}

#   chat: # Slack and others; the text may contain anything, and stays valid JSON
#     command: [curl, -fsS, --json, '@-', '\${SLACK_URL}']
#     input: {text: "{alert_message}\\n{summary}"}
`

const SCHEMA = 'minitor.schema.json'

/** For editors, where the schema lies beside the file: a missing one would be a mistake to them. */
function schemaLine(path: string): string {
  return existsSync(join(dirname(path), SCHEMA)) ? `# yaml-language-server: $schema=./${SCHEMA}\n` : ''
}

export function addInit(program: Command): void {
  program
    .command('init')
    .addOption(new Option('-c, --config <path>', 'file to write').env('MINITOR_CONFIG').default('config.yml'))
    .description('Write a commented configuration to start from, which works as it is.')
    .addHelpText(
      'after',
      '\nNever overwrites a file. If minitor.schema.json is beside it, as minitor schema\nprints it, the first line names it for your editor.\n\nExit codes: 0 written; 2 the file exists, or cannot be written.',
    )
    .action(({ config: path }: { config: string }) => {
      try {
        writeFileSync(path, schemaLine(path) + STARTER, { flag: 'wx' })
      } catch (error) {
        const { code, message } = error as NodeJS.ErrnoException
        if (code === 'EEXIST') throw new UsageError(`${path} already exists`, 'choose another name with --config')
        throw new UsageError(`${path} cannot be written: ${code === 'ENOENT' ? 'there is no such directory' : message}`)
      }
      const option = path === 'config.yml' ? '' : ` --config ${quoteForShell(path)}`
      print(
        `${path} is written. Next:\n  minitor validate${option}   check it for mistakes\n  minitor check${option}      run its checks once\n  minitor run${option}        start watching`,
      )
    })
}
