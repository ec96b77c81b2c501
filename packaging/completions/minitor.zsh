#compdef minitor
# Made from the table of commands by `npm run docs`; do not edit.

# Names from the configuration, with what they are. Before `--`, one that begins with a dash would be taken for a flag.
_minitor_names() {
  local -a shown
  local line
  # As in: MINITOR_CONFIG=other.yml minitor status
  local -a assigned=("${(@Q)${(@M)${(z)LBUFFER}:#MINITOR_(CONFIG|DATABASE)=*}}")
  for line in ${(f)"$(env "${(@)assigned}" "${minitor_typed[1]/#\~\//$HOME/}" complete $1 -- "${(@)minitor_typed[2,-1]}" 2>/dev/null)"}; do
    if [[ $line == -* && ${minitor_typed[(Ie)--]} -eq 0 ]]; then continue; fi
    line=${${line//\\/\\\\}//:/\\:}
    shown+=("${line/$'\t'/:}")
  done
  _describe -t $1 ${1%s} shown
}

_minitor_list() {
  _sequence _minitor_names $1
}

_minitor_commands() {
  local -a commands=(
    'run:Run checks on schedule, and alerts when they fail and recover'
    'agent:Run checks on this machine for a cluster of Minitors: those with it in their run_on'
    'validate:Check the configuration: all mistakes with their places, or a summary'
    'doctor:Look for what would go wrong at night: programs, rights, disks, limits, alerts'
    'check:Run checks once, now, concurrently'
    'alert:Send one alert for real, and show its output and exit code'
    'simulate:Print which alerts an outage would fire, and when, without running anything'
    'status:Show the state of monitors, worst first'
    'history:Show what happened to a monitor, oldest first, who was notified and who did what'
    'incidents:Show the outages that passed alert_after, newest first'
    'silence:Silence monitors for a time: checks go on, no notifications are sent'
    'unsilence:End silences early'
    'ack:Acknowledge an incident: no reminders until the monitor recovers'
    'unack:End the acknowledgement of an incident, which holds back reminders'
    'sign-out:Sign everybody out of the pages'
    'pause:Stop checking monitors until they are resumed'
    'resume:Check paused monitors again'
    'announce:Announce something on the pages and in the feed'
    'nodes:Show the nodes of the cluster, lost ones first'
    'reload:Make the running daemon reload its configuration, and print what that has changed'
    'healthcheck:Tell whether the daemon is alive, for Docker, Kubernetes and others that restart what is not'
    'backup:Copy the database as it is now, even while the daemon runs'
    'restore:Put a backup in the place of the database, while no daemon runs'
    'init:Write a commented configuration to start from, which works as it is'
    'schema:Print the JSON Schema of the configuration, for editors, or of a notification'
    'hash-password:Hash a password for web.auth.users'
    'completion:Print the completions of commands, flags and names for a shell'
    'help:Show the help of a command'
  )
  _describe -t commands command commands
}

_minitor() {
  local curcontext=$curcontext command=run
  local -a version
  local -a minitor_typed=("${(@Q)words[1,CURRENT-1]}")
  if (( CURRENT == 2 )) && [[ $words[2] != -* ]]; then
    _minitor_commands
    return
  fi
  if (( CURRENT == 2 )); then
    version=('--version[print the version]')
  elif [[ $words[2] != -* ]]; then
    command=$words[2]
    shift words
    (( CURRENT-- ))
  fi
  # What many commands take.
  local -a with_config=('(-c --config)'{-c+,--config=}'[configuration file, or a directory of *.yml files]:path:_files')
  local -a with_help=('(-h --help)'{-h,--help}'[show this help]')
  local -a with_json=('--json[print JSON]')
  local -a with_database=('--database=[the daemon'\''s database, instead of the configured one]:file:_files')
  case $command in
    run)
      _arguments -s -S : $version $with_config $with_help \
        '(-m --metrics)'{-m,--metrics}'[serve /metrics and /healthz on all interfaces]' \
        '(-p --metrics-port)'{-p+,--metrics-port=}'[the port for --metrics]:port: ' \
        '--listen=[serve the pages there instead of at web.listen]:address\:port: ' \
        '--database=[where to store state and history, instead of the configured file]:file:_files' \
        '--startup-alerts=[alerts to run once at startup, separated by commas]:names: _minitor_list alerts' \
        '--watch[reload when the configuration changes]' \
        '--log-format=[text for people, or JSON lines]:format:(text json)' \
        '--log-level=[the least important lines to log]:level:(debug info warn error)' \
        '*'{-v,--verbose}'[also log every check: --log-level debug]' \
        '--debug[same as -v]'
      ;;
    agent)
      _arguments -s -S : $version $with_help \
        '--cluster=[NATS servers, with commas between them]:addresses: ' \
        '--name=[the name of the cluster: `cluster.name` of its servers]:cluster: ' \
        '--node=[the name of this machine]:name: ' \
        '--tag=[a tag of this machine]:tag: ' \
        '--credentials=[log in with this file, as nsc makes it]:file:_files' \
        '--user=[log in with this name and a password]:name: ' \
        '--password-file=[where the password is]:file:_files' \
        '--token-file=[log in with the token in it]:file:_files' \
        '--nkey-file=[log in with the seed in it]:file:_files' \
        '--tls[TLS only, whatever the addresses say]' \
        '--tls-ca=[the authorities to trust instead of the machine'\''s]:file:_files' \
        '--tls-cert=[the certificate of this machine]:file:_files' \
        '--tls-key=[its key]:file:_files' \
        '--allow=[run this and nothing else]:program:_files' \
        '--slots=[how many checks run at the same time]:number: ' \
        '--log-format=[text for people, or JSON lines]:format:(text json)' \
        '--log-level=[the least important lines to log]:level:(debug info warn error)' \
        '(-v --verbose)'{-v,--verbose}'[also log every check: --log-level debug]'
      ;;
    validate)
      _arguments -s -S : $version $with_config $with_json $with_help
      ;;
    doctor)
      _arguments -s -S : $version $with_config $with_database $with_json $with_help \
        '--unit=[judge by this systemd unit, instead of by the running daemon]:file:_files' \
        '(-v --verbose)'{-v,--verbose}'[also list what is fine]'
      ;;
    check)
      _arguments -s -S : $version $with_config $with_json $with_help \
        '(--tag --group)--tag=[those with this tag]:tag: _minitor_names tags' \
        '--group=[those of this group]:group: _minitor_names groups' \
        '*:names: _minitor_names monitors'
      ;;
    alert)
      _arguments -s -S : $version $with_config $with_json $with_help \
        '--monitor=[the monitor to notify about]:name: _minitor_names monitors' \
        '--kind=[its kind]:kind:(test down reminder up flapping restarted)' \
        '--digest[one of that kind and two others in one message]' \
        '1::name: _minitor_names alerts'
      ;;
    simulate)
      _arguments -s -S : $version $with_config $with_json $with_help \
        '--database=[the database to read silences from, if it exists]:file:_files' \
        '--outage=[every check fails for that long, then one passes]:duration: ' \
        '(--outcomes --outage)--outcomes=[F fails, S passes, one for each check: FFSF]:letters: ' \
        '1:name: _minitor_names monitors'
      ;;
    status)
      _arguments -s -S : $version $with_config $with_database $with_json $with_help \
        '(--tag --group)--tag=[those with this tag]:tag: _minitor_names tags' \
        '--group=[those of this group]:group: _minitor_names groups' \
        '--down[only those that are down]' \
        '(--watch --json)--watch[a live table, until Ctrl-C]' \
        '*:names: _minitor_names monitors'
      ;;
    history)
      _arguments -s -S : $version $with_config $with_database $with_json $with_help \
        '--since=[a duration (24h, 7d) or a time (2026-07-31T18:00)]:time: ' \
        '--all[every check, not one line for equal checks in a row]' \
        '1:name: _minitor_names monitors'
      ;;
    incidents)
      _arguments -s -S : $version $with_config $with_database $with_json $with_help \
        '--since=[a duration (24h, 7d) or a time (2026-07-31T18:00)]:time: ' \
        '--monitor=[only this monitor, even if it was removed from the configuration]:name: _minitor_names monitors'
      ;;
    silence)
      _arguments -s -S : $version $with_config $with_database $with_json $with_help \
        '(--tag --all --group)--tag=[all monitors with this tag]:tag: _minitor_names tags' \
        '(--group --all)--group=[all monitors of this group]:group: _minitor_names groups' \
        '--all[all monitors]' \
        '--reason=[why, for other people]:text: ' \
        '*:words: _minitor_names monitors'
      ;;
    unsilence)
      _arguments -s -S : $version $with_config $with_database $with_json $with_help \
        '(--tag --all --group)--tag=[all monitors with this tag]:tag: _minitor_names tags' \
        '(--group --all)--group=[all monitors of this group]:group: _minitor_names groups' \
        '--all[all silences]' \
        '*:names: _minitor_names monitors'
      ;;
    ack)
      _arguments -s -S : $version $with_config $with_database $with_json $with_help \
        '--reason=[who is on it, or what is being done]:text: ' \
        '1:name: _minitor_names monitors'
      ;;
    unack)
      _arguments -s -S : $version $with_config $with_database $with_json $with_help \
        '1:name: _minitor_names monitors'
      ;;
    sign-out)
      _arguments -s -S : $version $with_config $with_database $with_json $with_help \
        '--all[end all sessions, of everybody (required)]'
      ;;
    pause)
      _arguments -s -S : $version $with_config $with_database $with_json $with_help \
        '--reason=[why, for other people]:text: ' \
        '*:names: _minitor_names monitors'
      ;;
    resume)
      _arguments -s -S : $version $with_config $with_database $with_json $with_help \
        '*:names: _minitor_names monitors'
      ;;
    announce)
      _arguments -s -S : $version $with_config $with_database $with_json $with_help \
        '--until=[for how long: 30m, 6h, 1d]:duration: ' \
        '(--end --until)--end=[end the announcement with this id, or all]::id: _minitor_names announcements' \
        '1::text: '
      ;;
    nodes)
      _arguments -s -S : $version $with_config $with_json $with_help \
        '--forget=[forget a node that is lost and will not come back]:name: _minitor_names monitors'
      ;;
    reload)
      _arguments -s -S : $version $with_config $with_database $with_json $with_help
      ;;
    healthcheck)
      _arguments -s -S : $version $with_config $with_database $with_help
      ;;
    backup)
      _arguments -s -S : $version $with_config $with_json $with_help \
        '--database=[the database to copy, instead of the configured one]:file:_files' \
        '1:file:_files'
      ;;
    restore)
      _arguments -s -S : $version $with_config $with_json $with_help \
        '--database=[the database to replace, instead of the configured one]:file:_files' \
        '1:file:_files'
      ;;
    init)
      _arguments -s -S : $version $with_help \
        '(-c --config)'{-c+,--config=}'[file to write]:path:_files'
      ;;
    schema)
      _arguments -s -S : $version $with_help \
        '1::what:(configuration notification)'
      ;;
    hash-password)
      _arguments -s -S : $version $with_help \
        '1::user: '
      ;;
    completion)
      _arguments -s -S : $version $with_help \
        '1:shell:(bash zsh fish)'
      ;;
    help)
      _arguments -s -S : $version \
        '1::command:(run agent validate doctor check alert simulate status history incidents silence unsilence ack unack sign-out pause resume announce nodes reload healthcheck backup restore init schema hash-password completion)'
      ;;
  esac
}

# In a file of $fpath it is run as the function; elsewhere it is sourced.
if [[ $funcstack[1] == _minitor ]]; then
  _minitor "$@"
else
  compdef _minitor minitor
fi
