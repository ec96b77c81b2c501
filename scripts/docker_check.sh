#!/bin/sh
# Exits with the last exit code of a Docker container. See --help.
set -eu

usage() {
  cat <<'EOF'
Usage: docker_check.sh CONTAINER [LOG_LINES]

Exits with the last exit code of a container: 0 if it still runs or succeeded.
With LOG_LINES, also prints its last log lines.

  CONTAINER  name of the container, or its id (at least 12 characters)
  LOG_LINES  how many (default: 0)

Exit code: the container's; 1 if it cannot be found out, 2 for wrong usage,
both with the reason on standard error.

Environment:
  DOCKER_HOST  unix:///PATH, tcp://HOST:PORT or HOST:PORT
               (default: unix:///var/run/docker.sock)

Needs curl and jq.
EOF
}

fail() {
  printf 'docker_check: %s\n' "$1" >&2
  exit "${2:-1}"
}

# Sets socket and base_url from DOCKER_HOST. Only what looks like an address reaches curl.
find_docker() {
  socket=''
  address=localhost
  case ${DOCKER_HOST:-socket} in
    socket) socket=/var/run/docker.sock ;;
    unix:///*) socket=${DOCKER_HOST#unix://} ;;
    tcp://*) address=${DOCKER_HOST#tcp://} ;;
    *://*) fail "DOCKER_HOST: only unix:///PATH, tcp://HOST:PORT and HOST:PORT are supported" 2 ;;
    *) address=$DOCKER_HOST ;;
  esac
  address=${address%/}
  case $address in
    '' | *[!]A-Za-z0-9._:[-]*) fail "DOCKER_HOST: not an address" 2 ;;
  esac
  base_url="http://$address"
  [ -n "$socket" ] || return 0
  [ -S "$socket" ] || fail "no such socket: $socket"
  [ -w "$socket" ] || fail "no permission for $socket; add the user to the group docker"
}

# Calls the API, without proxy and curlrc. Ends before the timeout of a check.
docker_get() {
  path=$1
  shift
  curl -q --silent --show-error --globoff --noproxy '*' --max-time 4 \
    ${socket:+--unix-socket} ${socket:+"$socket"} "$@" "$base_url$path"
}

# Prints the container as JSON.
inspect() {
  answer=$(docker_get "/containers/$1/json" --write-out '\n%{http_code}' 2>&1) ||
    fail "cannot reach Docker at ${socket:-$address}: $(printf '%s\n' "$answer" | grep '^curl: ' || :)"
  status=${answer##*
}
  body=${answer%
*}
  [ "$status" != 404 ] || fail "no such container: $1"
  [ "$status" = 200 ] || fail "Docker answered with status $status"
  # Docker also accepts the beginning of an id: a name must not match another container by chance.
  printf '%s' "$body" | jq -e --arg name "$1" \
    'select(.Name == "/" + $name or (.Id | startswith($name)) and ($name | length) >= 12)' 2>/dev/null ||
    fail "no such container: $1"
}

# Docker puts a header before each piece of a log: a stream number, three zeros, and the length in four bytes.
unframe() {
  od -An -v -tu1 | LC_ALL=C awk '
    {
      for (field = 1; field <= NF; field++) {
        if (left > 0) { left--; if ($field > 0) printf "%c", $field + 0; continue }
        position++
        if (position > 4) size = size * 256 + $field
        if (position == 8) { left = size; size = 0; position = 0 }
      }
    }'
}

# The log of a container with a terminal has no such headers. Lines can be long, so the size is limited, too.
print_logs() {
  decode=unframe
  [ "$2" != true ] || decode=cat
  docker_get "/containers/$1/logs?stdout=1&stderr=1&tail=$3" --fail | head -c 262144 | $decode
}

case ${1:-} in
  -h | --help) usage && exit 0 ;;
esac
[ $# -ge 1 ] && [ $# -le 2 ] || { usage >&2 && exit 2; }
case $1 in
  '' | [!A-Za-z0-9]* | *[!A-Za-z0-9_.-]*) fail 'CONTAINER: letters, digits and _.- only' 2 ;;
esac
log_lines=${2:-0}
case $log_lines in
  *[!0-9]*) fail 'LOG_LINES: not a number' 2 ;;
esac
find_docker

container=$(inspect "$1")
facts=$(printf '%s' "$container" | jq -er '"\(.Id) \(.Config.Tty) \(.State.ExitCode)"' 2>/dev/null) ||
  fail 'Docker answered with something else than a container'
read -r id has_terminal exit_code <<EOF
$facts
EOF
[ "$log_lines" -eq 0 ] || print_logs "$id" "$has_terminal" "$log_lines"
case $exit_code in
  '' | *[!0-9]*) fail "Docker does not know the exit code of $1" ;;
esac
# Exit codes are one byte: a larger number must not turn into 0.
[ "$exit_code" -le 255 ] || exit 255
exit "$exit_code"
