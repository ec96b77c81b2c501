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
@commands@
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
@shared@
  case $command in
@cases@
  esac
}

# In a file of $fpath it is run as the function; elsewhere it is sourced.
if [[ $funcstack[1] == _minitor ]]; then
  _minitor "$@"
else
  compdef _minitor minitor
fi
