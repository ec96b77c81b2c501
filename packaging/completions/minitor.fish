# Made from the table of commands by `npm run docs`; do not edit.
# fish completion for minitor

# Whether the word to complete is the command.
function __minitor_begins
    test (count (commandline -opc)) -eq 1
end

# Whether the command is one of $argv; without one, minitor runs.
function __minitor_in
    set -l words (commandline -opc) run
    string match -q -- '-*' $words[2]; and set words[2] run
    contains -- $words[2] $argv
end

# Names from the configuration, with what they are. Before `--`, one that begins with a dash would be taken for a flag.
function __minitor_names
    set -l words (commandline -opc)
    set -l program (string replace -r '^~/' "$HOME/" -- $words[1])
    type -q $program; or return
    set -l names ($program complete $argv -- $words[2..-1] 2>/dev/null)
    if contains -- -- $words
        string join \n -- $names
    else
        string match -v -- '-*' $names
    end
end

complete -c minitor -f
complete -c minitor -n __minitor_begins -l version -d 'print the version'
complete -c minitor -n __minitor_begins -a run -d 'Run checks on schedule, and alerts when they fail and recover'
complete -c minitor -n __minitor_begins -a agent -d 'Run checks on this machine for a cluster of Minitors: those with it in their run_on'
complete -c minitor -n __minitor_begins -a validate -d 'Check the configuration: all mistakes with their places, or a summary'
complete -c minitor -n __minitor_begins -a doctor -d 'Look for what would go wrong at night: programs, rights, disks, limits, alerts'
complete -c minitor -n __minitor_begins -a check -d 'Run checks once, now, concurrently'
complete -c minitor -n __minitor_begins -a alert -d 'Send one alert for real, and show its output and exit code'
complete -c minitor -n __minitor_begins -a simulate -d 'Print which alerts an outage would fire, and when, without running anything'
complete -c minitor -n __minitor_begins -a status -d 'Show the state of monitors, worst first'
complete -c minitor -n __minitor_begins -a history -d 'Show what happened to a monitor, oldest first, who was notified and who did what'
complete -c minitor -n __minitor_begins -a incidents -d 'Show the outages that passed alert_after, newest first'
complete -c minitor -n __minitor_begins -a silence -d 'Silence monitors for a time: checks go on, no notifications are sent'
complete -c minitor -n __minitor_begins -a unsilence -d 'End silences early'
complete -c minitor -n __minitor_begins -a ack -d 'Acknowledge an incident: no reminders until the monitor recovers'
complete -c minitor -n __minitor_begins -a unack -d 'End the acknowledgement of an incident, which holds back reminders'
complete -c minitor -n __minitor_begins -a sign-out -d 'Sign everybody out of the pages'
complete -c minitor -n __minitor_begins -a pause -d 'Stop checking monitors until they are resumed'
complete -c minitor -n __minitor_begins -a resume -d 'Check paused monitors again'
complete -c minitor -n __minitor_begins -a announce -d 'Announce something on the pages and in the feed'
complete -c minitor -n __minitor_begins -a nodes -d 'Show the nodes of the cluster, lost ones first'
complete -c minitor -n __minitor_begins -a reload -d 'Make the running daemon reload its configuration, and print what that has changed'
complete -c minitor -n __minitor_begins -a healthcheck -d 'Tell whether the daemon is alive, for Docker, Kubernetes and others that restart what is not'
complete -c minitor -n __minitor_begins -a backup -d 'Copy the database as it is now, even while the daemon runs'
complete -c minitor -n __minitor_begins -a restore -d 'Put a backup in the place of the database, while no daemon runs'
complete -c minitor -n __minitor_begins -a init -d 'Write a commented configuration to start from, which works as it is'
complete -c minitor -n __minitor_begins -a schema -d 'Print the JSON Schema of the configuration, for editors, or of a notification'
complete -c minitor -n __minitor_begins -a hash-password -d 'Hash a password for web.auth.users'
complete -c minitor -n __minitor_begins -a completion -d 'Print the completions of commands, flags and names for a shell'
complete -c minitor -n __minitor_begins -a help -d 'Show the help of a command'

complete -c minitor -n '__minitor_in run validate doctor check alert simulate status history incidents silence unsilence ack unack sign-out pause resume announce nodes reload healthcheck backup restore' -s c -l config -r -F -d 'configuration file, or a directory of *.yml files'
complete -c minitor -n '__minitor_in run' -s m -l metrics -d 'serve /metrics and /healthz on all interfaces'
complete -c minitor -n '__minitor_in run' -s p -l metrics-port -r -d 'the port for --metrics'
complete -c minitor -n '__minitor_in run' -l listen -r -d 'serve the pages there instead of at web.listen'
complete -c minitor -n '__minitor_in run' -l database -r -F -d 'where to store state and history, instead of the configured file'
complete -c minitor -n '__minitor_in run' -l startup-alerts -r -a '(__fish_complete_list , "__minitor_names alerts")' -d 'alerts to run once at startup, separated by commas'
complete -c minitor -n '__minitor_in run' -l watch -d 'reload when the configuration changes'
complete -c minitor -n '__minitor_in run agent' -l log-format -r -a 'text json' -d 'text for people, or JSON lines'
complete -c minitor -n '__minitor_in run agent' -l log-level -r -a 'debug info warn error' -d 'the least important lines to log'
complete -c minitor -n '__minitor_in run agent' -s v -l verbose -d 'also log every check: --log-level debug'
complete -c minitor -n '__minitor_in run' -l debug -d 'same as -v'
complete -c minitor -n '__minitor_in run agent validate doctor check alert simulate status history incidents silence unsilence ack unack sign-out pause resume announce nodes reload healthcheck backup restore init schema hash-password completion' -s h -l help -d 'show this help'
complete -c minitor -n '__minitor_in agent' -l cluster -r -d 'NATS servers, with commas between them'
complete -c minitor -n '__minitor_in agent' -l name -r -d 'the name of the cluster: `cluster.name` of its servers'
complete -c minitor -n '__minitor_in agent' -l node -r -d 'the name of this machine'
complete -c minitor -n '__minitor_in agent' -l tag -r -d 'a tag of this machine'
complete -c minitor -n '__minitor_in agent' -l credentials -r -F -d 'log in with this file, as nsc makes it'
complete -c minitor -n '__minitor_in agent' -l user -r -d 'log in with this name and a password'
complete -c minitor -n '__minitor_in agent' -l password-file -r -F -d 'where the password is'
complete -c minitor -n '__minitor_in agent' -l token-file -r -F -d 'log in with the token in it'
complete -c minitor -n '__minitor_in agent' -l nkey-file -r -F -d 'log in with the seed in it'
complete -c minitor -n '__minitor_in agent' -l tls -d 'TLS only, whatever the addresses say'
complete -c minitor -n '__minitor_in agent' -l tls-ca -r -F -d 'the authorities to trust instead of the machine\'s'
complete -c minitor -n '__minitor_in agent' -l tls-cert -r -F -d 'the certificate of this machine'
complete -c minitor -n '__minitor_in agent' -l tls-key -r -F -d 'its key'
complete -c minitor -n '__minitor_in agent' -l allow -r -F -d 'run this and nothing else'
complete -c minitor -n '__minitor_in agent' -l slots -r -d 'how many checks run at the same time'
complete -c minitor -n '__minitor_in validate doctor check alert simulate status history incidents silence unsilence ack unack sign-out pause resume announce nodes reload backup restore' -l json -d 'print JSON'
complete -c minitor -n '__minitor_in doctor status history incidents silence unsilence ack unack sign-out pause resume announce reload healthcheck' -l database -r -F -d 'the daemon\'s database, instead of the configured one'
complete -c minitor -n '__minitor_in doctor' -l unit -r -F -d 'judge by this systemd unit, instead of by the running daemon'
complete -c minitor -n '__minitor_in doctor' -s v -l verbose -d 'also list what is fine'
complete -c minitor -n '__minitor_in check status' -l tag -r -a '(__minitor_names tags)' -d 'those with this tag'
complete -c minitor -n '__minitor_in check status' -l group -r -a '(__minitor_names groups)' -d 'those of this group'
complete -c minitor -n '__minitor_in check simulate status history silence unsilence ack unack pause resume' -a '(__minitor_names monitors)'
complete -c minitor -n '__minitor_in alert' -l monitor -r -a '(__minitor_names monitors)' -d 'the monitor to notify about'
complete -c minitor -n '__minitor_in alert' -l kind -r -a 'test down reminder up flapping restarted' -d 'its kind'
complete -c minitor -n '__minitor_in alert' -l digest -d 'one of that kind and two others in one message'
complete -c minitor -n '__minitor_in alert' -a '(__minitor_names alerts)'
complete -c minitor -n '__minitor_in simulate' -l database -r -F -d 'the database to read silences from, if it exists'
complete -c minitor -n '__minitor_in simulate' -l outage -r -d 'every check fails for that long, then one passes'
complete -c minitor -n '__minitor_in simulate' -l outcomes -r -d 'F fails, S passes, one for each check: FFSF'
complete -c minitor -n '__minitor_in status' -l down -d 'only those that are down'
complete -c minitor -n '__minitor_in status' -l watch -d 'a live table, until Ctrl-C'
complete -c minitor -n '__minitor_in history incidents' -l since -r -d 'a duration (24h, 7d) or a time (2026-07-31T18:00)'
complete -c minitor -n '__minitor_in history' -l all -d 'every check, not one line for equal checks in a row'
complete -c minitor -n '__minitor_in incidents' -l monitor -r -a '(__minitor_names monitors)' -d 'only this monitor, even if it was removed from the configuration'
complete -c minitor -n '__minitor_in silence unsilence' -l tag -r -a '(__minitor_names tags)' -d 'all monitors with this tag'
complete -c minitor -n '__minitor_in silence unsilence' -l group -r -a '(__minitor_names groups)' -d 'all monitors of this group'
complete -c minitor -n '__minitor_in silence' -l all -d 'all monitors'
complete -c minitor -n '__minitor_in silence pause' -l reason -r -d 'why, for other people'
complete -c minitor -n '__minitor_in unsilence' -l all -d 'all silences'
complete -c minitor -n '__minitor_in ack' -l reason -r -d 'who is on it, or what is being done'
complete -c minitor -n '__minitor_in sign-out' -l all -d 'end all sessions, of everybody (required)'
complete -c minitor -n '__minitor_in announce' -l until -r -d 'for how long: 30m, 6h, 1d'
complete -c minitor -n '__minitor_in announce' -l end -r -a '(__minitor_names announcements)' -d 'end the announcement with this id, or all'
complete -c minitor -n '__minitor_in nodes' -l forget -r -a '(__minitor_names monitors)' -d 'forget a node that is lost and will not come back'
complete -c minitor -n '__minitor_in backup' -l database -r -F -d 'the database to copy, instead of the configured one'
complete -c minitor -n '__minitor_in backup restore' -F
complete -c minitor -n '__minitor_in restore' -l database -r -F -d 'the database to replace, instead of the configured one'
complete -c minitor -n '__minitor_in init' -s c -l config -r -F -d 'file to write'
complete -c minitor -n '__minitor_in schema' -a 'configuration notification'
complete -c minitor -n '__minitor_in completion' -a 'bash zsh fish'
complete -c minitor -n '__minitor_in help' -a 'run agent validate doctor check alert simulate status history incidents silence unsilence ack unack sign-out pause resume announce nodes reload healthcheck backup restore init schema hash-password completion'
