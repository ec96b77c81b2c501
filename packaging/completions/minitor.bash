# Made from the table of commands by `npm run docs`; do not edit.
# bash completion for minitor. It needs nothing but bash: not the package bash-completion.

# Splits $1 as the shell would: the words before the last one are in `words`, the last one is in `word` and, as it was
# typed, in `raw`; `quote` is the quote that is still open.
_minitor_split() {
  local text=$1 char next i
  words=() word= raw= quote=
  for ((i = 0; i < ${#text}; i++)); do
    char=${text:i:1} raw+=${text:i:1}
    case $quote$char in
      \' | \") quote=$char ;;
      "''" | '""') quote= ;;
      \'?) word+=$char ;;
      \\ | '"\')
        ((++i))
        next=${text:i:1} raw+=${text:i:1}
        if [[ $quote && $next != [\$\`\"\\] ]]; then word+=$char; fi
        word+=$next
        ;;
      \"?) word+=$char ;;
      [[:space:]])
        if [[ $raw != "$char" ]]; then words+=("$word"); fi
        word= raw=
        ;;
      *) word+=$char ;;
    esac
  done
}

# Writes $1 into `quoted` so that it stands for itself behind the open quote $2, or without one.
_minitor_quote() {
  local char i
  quoted=
  for ((i = 0; i < ${#1}; i++)); do
    char=${1:i:1}
    case $2$char in
      "''") quoted+="'\\''" ;;
      '"!') quoted+='"\!"' ;;
      \"[\"\\\$\`]) quoted+=\\$char ;;
      [\'\"]? | [[:alnum:]_./,+%-]) quoted+=$char ;;
      *) quoted+=\\$char ;;
    esac
  done
  # Readline closes the quote, unless it believes that to have happened.
  if [[ $2 && $quoted == *"$2" ]]; then quoted+=$2; fi
}

# What the flag $2 of the command $1 takes or, without a flag, what its operands are.
_minitor_takes() {
  case "$1 $2" in
    *' -c' | *' --config' | *' --database' | *' --credentials' | *' --password-file' | *' --token-file' | *' --nkey-file' | *' --tls-ca' | *' --tls-cert' | *' --tls-key' | *' --allow' | *' --unit' | 'backup ' | 'restore ') takes='file' ;;
    *' -p' | *' --metrics-port' | *' --listen' | *' --cluster' | *' --name' | *' --node' | 'agent --tag' | *' --user' | *' --slots' | *' --outage' | *' --outcomes' | *' --since' | *' --reason' | *' --until' | 'announce ' | 'hash-password ') takes='nothing' ;;
    *' --startup-alerts') takes='list alerts' ;;
    *' --log-format') takes='words text json' ;;
    *' --log-level') takes='words debug info warn error' ;;
    'check --tag' | 'status --tag' | 'silence --tag' | 'unsilence --tag') takes='names tags' ;;
    *' --group') takes='names groups' ;;
    'check ' | *' --monitor' | 'simulate ' | 'status ' | 'history ' | 'silence ' | 'unsilence ' | 'ack ' | 'unack ' | 'pause ' | 'resume ' | *' --forget') takes='names monitors' ;;
    *' --kind') takes='words test down reminder up flapping restarted' ;;
    'alert ') takes='names alerts' ;;
    *' --end') takes='names announcements' ;;
    'schema ') takes='words configuration notification' ;;
    'completion ') takes='words bash zsh fish' ;;
    'help ') takes='words run agent validate doctor check alert simulate status history incidents silence unsilence ack unack sign-out pause resume announce nodes reload healthcheck backup restore init schema hash-password completion' ;;
    *) takes= ;;
  esac
}

_minitor_flags() {
  case $1 in
    run) flags='-c --config -m --metrics -p --metrics-port --listen --database --startup-alerts --watch --log-format --log-level -v --verbose --debug -h --help' ;;
    agent) flags='--cluster --name --node --tag --credentials --user --password-file --token-file --nkey-file --tls --tls-ca --tls-cert --tls-key --allow --slots --log-format --log-level -v --verbose -h --help' ;;
    validate) flags='-c --config --json -h --help' ;;
    doctor) flags='-c --config --database --unit -v --verbose --json -h --help' ;;
    check) flags='-c --config --tag --group --json -h --help' ;;
    alert) flags='-c --config --monitor --kind --digest --json -h --help' ;;
    simulate) flags='-c --config --database --outage --outcomes --json -h --help' ;;
    status) flags='-c --config --database --tag --group --down --watch --json -h --help' ;;
    history) flags='-c --config --database --since --all --json -h --help' ;;
    incidents) flags='-c --config --database --since --monitor --json -h --help' ;;
    silence) flags='-c --config --database --tag --group --all --reason --json -h --help' ;;
    unsilence) flags='-c --config --database --tag --group --all --json -h --help' ;;
    ack) flags='-c --config --database --reason --json -h --help' ;;
    unack) flags='-c --config --database --json -h --help' ;;
    sign-out) flags='-c --config --database --all --json -h --help' ;;
    pause) flags='-c --config --database --reason --json -h --help' ;;
    resume) flags='-c --config --database --json -h --help' ;;
    announce) flags='-c --config --database --until --end --json -h --help' ;;
    nodes) flags='-c --config --forget --json -h --help' ;;
    reload) flags='-c --config --database --json -h --help' ;;
    healthcheck) flags='-c --config --database -h --help' ;;
    backup) flags='-c --config --database --json -h --help' ;;
    restore) flags='-c --config --database --json -h --help' ;;
    init) flags='-c --config -h --help' ;;
    schema) flags='-h --help' ;;
    hash-password) flags='-h --help' ;;
    completion) flags='-h --help' ;;
    help) flags='' ;;
    *) flags= ;;
  esac
}

_minitor() {
  local program=${1/#~\//"$HOME"/} words word raw quote quoted flags takes= prefix= separated= candidate
  local -a candidates=()
  _minitor_split "${COMP_LINE:0:COMP_POINT}"
  local -a typed=("${words[@]}")
  local current=$word command=${words[1]-run} last=${words[-1]}
  # Readline replaces $2, which begins in the middle of a word where a quote or a colon is.
  _minitor_split "${raw%"$2"}"
  local before=$word open=$quote

  if [[ $command == -* ]]; then command=run; fi
  for word in "${typed[@]}"; do
    if [[ $word == -- ]]; then separated=1; fi
  done
  _minitor_flags "$command"
  if ((${#typed[@]} == 1)); then flags+=' --version'; fi
  if [[ ! $separated && $last == -* ]]; then _minitor_takes "$command" "$last"; fi
  if [[ ! $takes ]]; then
    if [[ ! $separated && $current == --*=* ]]; then
      prefix=${current%%=*}=
      _minitor_takes "$command" "${current%%=*}"
    elif [[ ! $separated && $current == -* ]]; then
      takes="words $flags"
    elif ((${#typed[@]} == 1)); then
      takes='words run agent validate doctor check alert simulate status history incidents silence unsilence ack unack sign-out pause resume announce nodes reload healthcheck backup restore init schema hash-password completion help'
    else
      _minitor_takes "$command" ''
    fi
  fi

  COMPREPLY=()
  case $takes in
    file) compopt -o default ;;
    words\ *) read -ra candidates <<<"${takes#words }" ;;
    names\ * | list\ *)
      if ! type -P -- "$program" >/dev/null; then program=minitor; fi
      mapfile -t candidates < <("$program" complete "${takes#* }" -- "${typed[@]:1}" 2>/dev/null)
      candidates=("${candidates[@]%%$'\t'*}")
      word=${current#"$prefix"}
      if [[ $takes == list\ * && $word == *,* ]]; then prefix+=${word%,*},; fi
      ;;
  esac
  for candidate in "${candidates[@]}"; do
    # Before `--` it would be taken for a flag.
    if [[ $takes == names\ * && ! $separated && ! $prefix && $candidate == -* ]]; then continue; fi
    candidate=$prefix$candidate
    if [[ $candidate != "$current"* ]]; then continue; fi
    _minitor_quote "${candidate:${#before}}" "$open"
    COMPREPLY+=("$quoted")
  done
}

complete -F _minitor minitor
