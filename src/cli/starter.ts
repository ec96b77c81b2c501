/** What `minitor init` writes: works on any machine, and shows how to go on. */
export const STARTER = `# Minitor runs these commands again and again, and runs alerts when they fail.
# All keys: docs/configuration.md, or \`minitor schema\` for your editor.

check_interval: 30s # how often each monitor is checked, unless it says otherwise

# A status page on http://127.0.0.1:8080; the log says how to sign in. More: docs/web.md
# web: {}

monitors:
  - name: Root disk
    description: At least a tenth of the root file system is free.
    command: test "$(df -P / | awk 'NR == 2 { print $5 + 0 }')" -lt 90
    alert_after: 2 # failures in a row before anybody is told
    alert_every: 4h # reminders that far apart; -1 backs off (the default), 0 tells once
    alert_down: [log]
    alert_up: [log]

  - name: Load
    description: The load of the last five minutes is below four for each processor.
    command: awk -v cpus="$(nproc)" '{ print $2; exit !($2 < 4 * cpus) }' /proc/loadavg

  # - name: My website
  #   command: [curl, --silent, --show-error, --fail, --output, /dev/null, 'https://example.org/']
  #   check_interval: 1m
  #   alert_down: [log, mail]
  #   alert_up: [mail]

  # - name: Nightly backup # waits for: curl -fsS --retry 5 http://127.0.0.1:8080/ping/KEY
  #   heartbeat: {key: KEY, interval: 1d, grace: 1h} # needs web: {}
  #   alert_after: 1

alerts:
  # \`log\` is always there: it writes to Minitor's own log.
  # Try an alert with \`minitor alert mail\`. Values are safe in a shell, whatever they hold.
  mail:
    command: |
      printf 'Subject: %s\\n\\n%s\\n' {alert_message} {last_output} | sendmail root
`
