/** The prose of docs/configuration.md for the keys that are maps of their own. */

export const FLAPPING_PROSE = `
### Flapping

A monitor that fails and recovers again and again would be told at every change. With \`flap_detection: true\` it is told
once: one notification of the kind \`flapping\` to the alerts for a monitor that is down, then nothing until it has
settled. If it has settled as up, the alerts for a recovery are run; if it has settled as down, reminders go on as usual.
A map sets other thresholds than the usual ones:
`

export const FLAPPING_RULE = `
The rule is that of Nagios. Minitor looks at the last 21 states, passed or failed, and so at 20 possible changes. A change
counts the more the newer it is: 0.75 for the oldest, up to 1.25 for the newest. The sum of those that happened, times 100
and divided by 20, is the percentage. Flapping starts at \`high\` and stops when it is down to \`low\`.
`

export const DIGEST_PROSE = `
### Digest

One broken cable can take fifty monitors down, and nobody reads fifty messages. An alert with \`digest: 30s\` waits that
long after the first notification, and then its command is run once for all that came, recoveries included. In such a run
\`{alert_message}\` names all of them, \`{monitor_name}\` is a comma-separated list, and the JSON document on standard input
has a list \`notifications\` with everything that is known of each. The first notification waits that long: keep it short
for what wakes people.
`

export const HEARTBEAT_PROSE = `
## Heartbeat

A monitor with \`heartbeat\` runs nothing: it waits to be pinged by a job that runs elsewhere, such as a backup by cron. It needs
\`web\`, or \`--listen\`, to be reached.

\`\`\`yaml
web: {listen: ":8080"}

monitors:
  - name: Backup
    heartbeat: {key: "\${BACKUP_KEY:-5c3ff7f9-backup}", interval: 1d, grace: 1h}
    alert_after: 1
    alert_down: [log]
\`\`\`
`

export const HEARTBEAT_RULES = `
\`\`\`sh
0 3 * * * /usr/local/bin/backup.sh && curl -fsS -m 10 --retry 5 -o /dev/null http://minitor.example:8080/ping/KEY
\`\`\`

| address | meaning |
|---|---|
| \`/ping/KEY\` | the job has worked |
| \`/ping/KEY/fail\` | it has failed |
| \`/ping/KEY/3\` | it ended with this exit code, from 0 (it has worked) to 255: \`curl …/ping/KEY/$?\` |
| \`/ping/KEY/start\` | it begins; the ping of its end then tells how long it took |
| \`/ping/KEY/log\` | only to be kept |
| \`/api/push/KEY?status=up&msg=OK&ping=12\` | as Uptime Kuma's clients do it: \`status=down\` is a failure, \`ping\` milliseconds |

With GET, HEAD or POST; of a body the first 10,000 bytes are kept and are the output of the check. \`?rid=UUID\` pairs a start
with its end where several jobs run at once. The answer is 200 once the ping is on the disk; 404 where no heartbeat has the key,
400 for an exit code above 255 or a \`rid\` that is no UUID, 413 for a body of more than 16 MiB, and 503 where the ping cannot be kept
now: \`curl --retry\` then tries again. The last 100 pings of each heartbeat are kept; \`minitor history\` shows them.

Every ping of success or failure is a check of the monitor, passed or failed at once, and the next one is due one \`interval\` later,
or at the next time of \`schedule\`. Without one by then, and \`grace\`, the monitor has a failing check, and then one every
interval until a ping comes. A start moves nothing. From there all goes as with any other monitor: with the usual
\`alert_after: 4\` you are told of the fourth missing ping, so \`alert_after: 1\` is what most heartbeats want.

A new heartbeat is \`pending\` until its first ping, or until that is late: as if a ping had come when Minitor first saw it.
Time in which Minitor was not listening is added to what is left. Of a heartbeat with \`enabled: false\`, pings are kept and
mean nothing. The key is all that somebody needs to ping: take one that cannot be guessed.
`

export const GUARD_PROSE = `
## Guard

If the network of this machine fails, every check of another machine fails with it. The guard is a check of Minitor's own
footing that tells the two apart:

\`\`\`yaml
guard:
  command: [ping, -c, "1", -W, "2", 192.0.2.1] # the router

monitors:
  - name: Website
    command: [curl, -sf, -o, /dev/null, "https://example.org"]
\`\`\`

The guard runs at its interval, and once more whenever a check fails, before that failure is believed. While the guard
fails, failures count for nothing: their outcome is \`void\`, nobody is told, and no counter moves. That time counts as
unwatched, neither as up nor as down. Checks that pass count as always. A guard that cannot even be started is reported and
ignored: a misspelled command silences nobody.
`

export const MAINTENANCE_PROSE = `
## Maintenance

Planned times in which failures are expected, such as the night of the updates:

\`\`\`yaml
maintenance:
  - {schedule: "0 3 * * 0", duration: 2h, timezone: Europe/Berlin} # Sundays from three to five, for all monitors
  - {schedule: "30 22 1 * *", duration: 45m, monitors: [Website], tags: [database]}

monitors:
  - {name: Website, command: [curl, -sf, -o, /dev/null, "https://example.org"]}
  - {name: Orders, command: [pg_isready], tags: [database]}
\`\`\`

During maintenance checks go on, and so does the history; only nobody is told of failures. A recovery is never muted: who
was told that something is down is told that it is up again. If a monitor still fails when the maintenance ends, the first
notification goes out at its next failing check. A window without \`monitors\` and \`tags\` is for all monitors; with both it
is for those of either.
`

export const WATCHDOG_PROSE = `
## Watchdog

Who notices that Minitor itself is dead? A service elsewhere that expects a sign of life, and says so when none comes. The
watchdog's command sends that sign:

\`\`\`yaml
watchdog:
  command: [curl, -sf, -o, /dev/null, "https://example.org/ping/minitor"]
  interval: 5m

monitors:
  - {name: Website, command: [curl, -sf, -o, /dev/null, "https://example.org"]}
\`\`\`

It runs only while scheduling, storage and delivery are healthy. A Minitor whose checks are late, whose disk is full or
whose alerts do not get through stays silent as well, and the service elsewhere tells you.
`

export const HISTORY_PROSE = `
## Database and history

State and history are in one SQLite file, \`database\`. A relative path begins at the directory of the configuration file,
or at the configuration itself where that is a directory. Thanks to it a restart forgets nothing: open outages, silences,
acknowledgements and notifications that are still to be delivered go on. With \`:memory:\` all of that ends with Minitor.

\`retention\` bounds the file's size. What is older goes, and the next coarser sums remain:
`

export const RESTART_PROSE = `
When Minitor comes back after a time in which it was not watching, because it or the machine was down or asleep, that time
is recorded as unwatched and counts neither as up nor as down. The alerts of \`alert_restart\` are told of it, with the kind
\`restarted\`.
`

export const WEB_PROSE = `
## Web

Off unless asked for. \`web: {}\` is enough to look at: a status page on this machine, which only those who sign in can read.

\`\`\`yaml
web:
  listen: ":8080"
  title: Status of example.org
  url: https://status.example.org
  public: true
  auth:
    users:
      anna: '$argon2id$v=19$m=65536,t=2,p=1$c2FsdHNhbHQ$hashhashhashhashhashhash' # from minitor hash-password
    tokens: ["\${API_TOKEN:-0123456789abcdef}"]

monitors:
  - {name: Website, command: [curl, -sf, -o, /dev/null, "https://example.org"]}
\`\`\`

Minitor speaks plain HTTP. To reach it from elsewhere, put a proxy that speaks HTTPS in front of it and name its address as \`url\`.
\`listen\` takes effect at a start, everything else at a reload. \`--listen\` on the command line goes before \`listen\`.
`

export const WEB_AUTH_PROSE = `
### Signing in

Who signs in may see what checks run and print, and may check now, silence and acknowledge. People give a user's name and
password; programs send a token. With \`public: true\` everybody else may read the names and states of monitors, and nothing more.
`
