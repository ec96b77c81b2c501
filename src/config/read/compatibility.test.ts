import { expect, test } from 'bun:test'
import { ANNOUNCEMENT } from '../../../test/cli/original-configs.ts'
import { configOf } from '../../../test/support/load-text.ts'

test('the configuration of the announcement', () => {
  const config = configOf(ANNOUNCEMENT, { MAILGUN_API_KEY: 'key-0123456789' })
  expect(config.monitors[0]).toMatchObject({
    name: 'My Blog',
    command: ['curl', '-s', '-o', '/dev/null', 'https://blog.example'],
    schedule: { kind: 'interval', intervalMs: 30_000 },
    policy: {
      alertAfter: { kind: 'failures', count: 3 },
      alertEvery: { kind: 'backoff' },
      alertDown: [{ alert: 'log' }, { alert: 'mailgun' }],
      alertUp: [],
    },
  })
  expect(config.alerts.get('mailgun')?.command).toHaveLength(3)
  expect(config.secrets).toEqual(['key-0123456789'])
})

test('in the manner of Minitor in Python', () => {
  const text = `check_interval: 30

monitors:
  - name: Front page
    command: [ 'curl', 'https://front.example' ]
    alerts: [ log, email, sms ]
    check_interval: 30
    alert_after: 3
    alert_every: 4

alerts:
  email:
    command: [ sendmail, "ops@example.org",  "Failure: {monitor_name}",  "It does not answer" ]
  push:
    command: >
      curl -s -F title="{alert_name} of {monitor_name}" https://push.example -u "me:\${PUSH_KEY}"
  sms:
    command: >
      curl -s -X POST -F "Body=Failure: {monitor_name} has failed"
      -F "From=\${NUMBER}" "https://sms.example/\${ACCOUNT}/Messages" -u "\${ACCOUNT}:\${TOKEN}"

# federation:
#   - location: https://other.example
`
  const { monitors, alerts } = configOf(text)
  expect(monitors[0]?.policy.alertEvery).toEqual({ kind: 'failures', count: 4 })
  expect([...alerts.keys()]).toEqual(['log', 'email', 'push', 'sms'])
})

test('in the manner of minitor-go', () => {
  const text = `---
check_interval: 5
default_alert_after: 1
default_alert_down: ["log_command"]

monitors:
  - name: Command
    command: ['echo', '$PATH']
    alert_down: ['log_command', 'log_shell']
    alert_every: 0
  - name: Shell
    command: >
      echo 'Some <text>; with stuff';
      echo $PATH;
      exit 1
    alert_up: [log]
    check_interval: 10s

alerts:
  log_command:
    command: ['echo', 'regular', '"command!!!"', "{{.MonitorName}}"]
  log_shell:
    command: echo "Failure on {{.MonitorName}} User is $USER"
`
  const { monitors, alerts } = configOf(text)
  expect(monitors).toMatchObject([
    { command: ['echo', '$PATH'], policy: { alertEvery: { kind: 'once' }, alertAfter: { count: 1 } } },
    {
      command: ['sh', '-c', "echo 'Some <text>; with stuff'; echo $PATH; exit 1\n"],
      schedule: { intervalMs: 10_000 },
      policy: { alertDown: [{ alert: 'log_command' }], alertUp: ['log'] },
    },
  ])
  expect(alerts.get('log_command')?.command.at(-1)).toEqual([{ variable: 'monitor_name' }])
})
