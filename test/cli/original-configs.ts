/** Configurations in the manner of Minitor in Python and of minitor-go, which must run unchanged. */

/** Of the original announcement, save for its example address. */
export const ANNOUNCEMENT = `monitors:
  - name: My Blog
    command: [ 'curl', '-s', '-o', '/dev/null', 'https://blog.example' ]
    alerts: [ log, mailgun ]
    check_interval: 30
    alert_after: 3
    alert_every: -1 # Defaults to -1 for exponential backoff

alerts:
  mailgun:
    command: >
      curl -s -X POST
      -F subject="Alert! {monitor_name} failed"
      -F from="Minitor <minitor@minitor.mon>"
      -F to=me@minitor.mon
      -F text="Our monitor failed"
      https://api.mailgun.net/v3/minitor.mon/messages
      -u "api:\${MAILGUN_API_KEY}"
`

/** An alert that no monitor uses names a variable that never was one: both originals start with it. */
export const PYTHON = `check_interval: 30

monitors:
  - name: Shop
    command: [ 'curl', 'https://shop.example' ]
    alerts: [ log, mail, text ]
    check_interval: 30
    alert_after: 3
    alert_every: 4

alerts:
  mail:
    command: [ sendmail, "ops@shop.example",  "Down: {monitor_name}",  "Please have a look." ]
  post:
    command: >
      curl -s -X POST
      -F subject="{alert_name} is down"
      -F from="Minitor <minitor@shop.example>"
      -F to=ops@shop.example
      https://mail.example/messages
      -u "key:\${MAIL_KEY}"
  text:
    command: >
      curl -s -X POST -F "Body=Down: {monitor_name} has failed"
      -F "From=\${OUR_NUMBER}" -F "To=\${MY_NUMBER}"
      "https://text.example/Accounts/\${ACCOUNT}/Messages"
      -u "\${ACCOUNT}:\${TOKEN}"

# federation:
#   - location: https://host1.example
`

export const PYTHON_FORMATS = `monitors:
  - name: Every variable
    command: test -d /
    alerts: [all, braces]
    alert_up: [all]
    alert_every: 1
alerts:
  all:
    command: echo {alert_count} {alert_message} {failure_count} {last_output} {last_success} {monitor_name}
  braces:
    command: [curl, -d, '{{"text": "{alert_message}", "count": {failure_count}}}', 'https://chat.example']
`

const GO_SAMPLE = `---
check_interval: 5

monitors:
  - name: Wrong Address
    command: ['curl', '-s', '-o', '/dev/null', 'https://nowhere.example']
    alert_down: [log_down, post_down, text_down]
    alert_up: [log_up, mail_up]
    check_interval: 10  # Must be at minimum the global \`check_interval\`
    alert_after: 3
    alert_every: -1  # Defaults to -1 for exponential backoff. 0 to disable repeating
  - name: Right Address
    command: ['curl', '-s', '-o', '/dev/null', 'https://somewhere.example']
    alert_down: [log_down, post_down, text_down]
    alert_up: [log_up, mail_up]
    check_interval: 5
    alert_after: 3
    alert_every: -1

alerts:
  log_down:
    command: ["echo", "Minitor failure for {{.MonitorName}}"]
  log_up:
    command: ["echo", "Minitor recovery for {{.MonitorName}}"]
  mail_up:
    command: [sendmail, "ops@shop.example", "Recovered: {monitor_name}", "It works again."]
  post_down:
    command: >
      curl -s -X POST
      -F subject="{{.MonitorName}} is down"
      -F to=ops@shop.example
      https://mail.example/messages
      -u "key:\${MAIL_KEY}"
  text_down:
    command: >
      curl -s -X POST -F "Body=Down! {{.MonitorName}} has failed"
      -F "From=\${OUR_NUMBER}" -F "To=\${MY_NUMBER}"
      "https://text.example/Accounts/\${ACCOUNT}/Messages"
      -u "\${ACCOUNT}:\${TOKEN}"
`

export const GO_COMMANDS = `---
check_interval: 1

monitors:
  - name: List
    command: ['echo', '$PATH']
    alert_down: ['tell_list', 'tell_shell']
    alert_every: 0
  - name: Folded Shell
    command: >
      echo 'One line with words';
      echo '<in angles>';
      echo $PATH;
      exit 1
    alert_down: ['tell_list', 'tell_shell']
    alert_after: 5
    alert_every: 0
  - name: Shell by its own key
    shell_command: |
      echo 'One line'
      exit 1
    alert_down: ['tell_list']

alerts:
  tell_list:
    command: ['echo', 'plain', '"quoted!!!"', "{{.MonitorName}}"]
  tell_shell:
    command: echo "Failure on {{.MonitorName}} of $USER"
`

export const GO_DEFAULTS = `---
check_interval: 1m30s
default_alert_after: 1
default_alert_every: 2
default_alert_down: ["tell"]
default_alert_up: ["tell"]

monitors:
  - name: List
    command: ["echo", "$PATH"]

alerts:
  tell:
    command: >
      echo {{.MonitorName}} {{.AlertCount}} {{.FailureCount}} {{ .LastCheckOutput }} "{{.LastSuccess}}" '{{.IsUp}}'
`

/** Every one, with the counts of `minitor validate --json`; `log` is always among the alerts. */
export const ORIGINAL_CONFIGS = [
  { name: 'the original announcement', text: ANNOUNCEMENT, monitors: 1, alerts: 2 },
  { name: "Minitor's sample", text: PYTHON, monitors: 1, alerts: 4 },
  { name: "Minitor's variables and braces", text: PYTHON_FORMATS, monitors: 1, alerts: 3 },
  { name: "minitor-go's sample", text: GO_SAMPLE, monitors: 2, alerts: 6 },
  { name: "minitor-go's commands", text: GO_COMMANDS, monitors: 3, alerts: 3 },
  { name: "minitor-go's defaults", text: GO_DEFAULTS, monitors: 1, alerts: 2 },
] as const
