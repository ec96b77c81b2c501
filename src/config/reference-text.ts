import type { VariableName } from '../core/model/types.ts'

/** The prose of docs/configuration.md around the tables that the schema gives. */

export const INTRODUCTION = `
# Configuration

Minitor reads one YAML 1.2 file: \`config.yml\` in the working directory, or what \`--config\` names. That may also be a
directory: then every \`*.yml\` and \`*.yaml\` in it is read, in name order, hidden files left out. Monitors of all files
are put together, alerts and defaults by name; the same name or key twice is a mistake.

\`\`\`yaml
check_interval: 1m

monitors:
  - name: Website
    command: [curl, -sf, -o, /dev/null, "https://example.org"]
    alert_after: 3
    alerts: [log, mail]
    alert_up: [log]

alerts:
  mail:
    command: |
      printf 'Subject: %s\\n\\n%s\\n' {alert_message} {last_output} | sendmail me@example.org
\`\`\`

\`minitor validate\` reports all mistakes at once, each with its place. Unknown keys are mistakes; keys that begin with
\`x-\` are free in every map, for anchors. Anchors, aliases and merge keys (\`<<\`) work; tags other than YAML's own do
not. A file is UTF-8, at most 8 MiB, and holds one document.

## Durations

A number is seconds, fractions allowed. Text is \`300ms\`, \`30s\`, \`1m30s\`, \`2h\`, \`1d\`, \`2w\` or \`1y\` (365 days): the
largest unit first, without spaces.

## Text

Where text is wanted, a number or a boolean without quotes is taken as it is written: \`command: true\` runs the program
\`true\`, \`name: 012\` is "012". Where a number or a boolean is wanted, YAML 1.2 decides: \`no\`, \`on\` and \`1_000\` are
text and therefore mistakes.
`

export const ALERTS_PROSE = `
An alert command in a list keeps each argument one argument, whatever a variable holds. In text for a shell the value
never becomes part of the script: the variable is handed over in the environment, and quoted for the place where it
stands. Write it

- bare: \`mail -s {monitor_name} me\` (one word, however many spaces it has),
- in double or single quotes: \`echo "{last_output}"\`, \`echo '{last_output}'\`,
- in \`$( )\` or backticks, and in here-documents.

A value must not run as code anywhere, so these are refused when the file is read, with the way to write it: a variable as
the program to run; in \`eval\`, in a nested \`sh -c\`, in the code of another interpreter (\`python3 -c\`, awk, \`ssh host …\`,
SQL); in arithmetic (numbers such as \`{failure_count}\` are fine); in the format of \`printf\` (write \`printf '%s\\n' {reason}\`);
in a here-document whose delimiter is quoted; and, in a script that has variables, what only bash knows (\`[[\`, \`<<<\`,
arrays). What a script writes into a file and runs from there is not seen.

\`{{\` and \`}}\` are literal braces; braces around anything that is not a variable stay as they are,
so \`awk '{print $1}'\` and JSON need nothing; a name that is nearly a variable is a mistake. In YAML an argument that
*begins* with a brace needs quotes: \`"{last_output}"\`.

Each variable is also in the environment (\`MINITOR_LAST_OUTPUT\`), and the whole notification is one JSON document on
standard input. Values lose NUL bytes and are cut at 16 KiB.

A failed alert is tried again after 1 s, then ever less often, for \`retry_for\`; then \`fallback\` takes over.
`

export const VARIABLE_MEANINGS: Readonly<Record<VariableName, string>> = {
  monitor_name: "the monitor's name",
  alert_count: 'notifications of this outage so far, this one included',
  alert_message:
    '`NAME check has failed N times` or `NAME check is up again!`; other kinds have a sentence of their own',
  failure_count: 'failing checks of this outage',
  last_output: 'what the last check printed, without line breaks at its end',
  last_success: 'time of the last check that passed (ISO 8601), or `Never`',
  is_up: '`true` or `false`',
  kind: '`down`, `reminder`, `up` or `flapping`; `restarted` for `alert_restart` and `--startup-alerts`, `test` for `minitor alert`',
  status: "the monitor's status: `up`, `failing` or `down`",
  incident_id: 'the same for all notifications of one outage',
  notification_id: 'the same for all attempts of one notification',
  started_at: 'when the outage began (ISO 8601)',
  downtime: 'how long the outage has lasted',
  exit_code: 'exit code of the last check; empty if it has none',
  reason: 'why the last check failed, such as `exit code 7`',
  description: "the monitor's `description`",
  runbook: "the monitor's `runbook`",
  tags: "the monitor's `tags`, separated by commas",
  group: "the monitor's `group`",
  hostname: 'name of the machine that Minitor runs on',
  url: 'address of the monitor on the status page; empty without one',
  attempt: 'number of this attempt, from 1',
  delayed: 'how late this attempt is, if it is; else empty',
}

export const ENVIRONMENT = `
## Environment

In every text but commands for a shell

- \`\${NAME}\` is the environment variable's value; one that is not set is a mistake,
- \`\${NAME:-default}\` has a default for a variable that is not set or empty,
- \`\${file:/path}\` is that file's content without its last line break; a relative path begins at the configuration,
- \`$$\` is a dollar; any other dollar stays.

A value can never change the structure of the file, and in an alert's command it is not searched for variables. Commands
for a shell are left alone: the shell expands \`\${NAME}\` from the same environment. Values of six characters and more
that came from the environment or a file are shown as \`***\` in logs and stored output.
`

export const COMPATIBILITY = `
## Coming from Minitor in Python or minitor-go

Their YAML configurations run as they are; \`{{.MonitorName}}\`, \`{{.AlertCount}}\`, \`{{.FailureCount}}\`,
\`{{.LastCheckOutput}}\`, \`{{.LastSuccess}}\` and \`{{.IsUp}}\` mean the variable of that name. What differs:
\`alert_every: 0\` alerts once, at the failure that reaches \`alert_after\`; a monitor's interval may be shorter than the
global one; an alert whose variable is misspelled is refused when the file is read.
`
