#!/bin/sh
# Prints whether a Docker container is healthy. See --help.
set -eu

usage() {
  cat <<'EOF'
Usage: docker_healthcheck.sh CONTAINER

Prints the health of a container and, if it is unhealthy, the last output of
its health check.

  CONTAINER  name of the container, or its id (at least 12 characters)

Exit code: 0 if it is healthy, if its health check is still starting, or if it
runs and has no health check; 1 if it is unhealthy, does not run, is paused or
keeps restarting, or if that cannot be found out; 2 for wrong usage.

Environment:
  DOCKER_HOST  unix:///PATH, tcp://HOST:PORT or HOST:PORT
               (default: unix:///var/run/docker.sock)

Needs curl and jq.
EOF
}

fail() {
  printf 'docker_healthcheck: %s\n' "$1" >&2
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

# Prints the container as JSON, without proxy and curlrc. Ends before the timeout of a check.
inspect() {
  answer=$(curl -q --silent --show-error --globoff --noproxy '*' --max-time 4 --write-out '\n%{http_code}' \
    ${socket:+--unix-socket} ${socket:+"$socket"} "$base_url/containers/$1/json" 2>&1) ||
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

case ${1:-} in
  -h | --help) usage && exit 0 ;;
esac
[ $# -eq 1 ] || { usage >&2 && exit 2; }
case $1 in
  '' | [!A-Za-z0-9]* | *[!A-Za-z0-9_.-]*) fail 'CONTAINER: letters, digits and _.- only' 2 ;;
esac
find_docker

# The first line says whether the health is good; the rest is for people.
container=$(inspect "$1")
verdict=$(printf '%s' "$container" | jq -er '
  .State as $state | ($state.Health.Status // "none") as $health |
  if $state.Restarting then "bad\nkeeps restarting (exit code \($state.ExitCode))"
  elif $state.Paused then "bad\npaused"
  elif $state.Running != true then "bad\nnot running: \($state.Status) (exit code \($state.ExitCode))"
  elif $health == "none" then "fine\nrunning, has no health check"
  elif $health == "healthy" or $health == "starting" then "fine\n\($health)"
  else "bad\n\($health)\n\($state.Health.Log[-1].Output // "")"
  end' 2>/dev/null) || fail 'Docker answered with something else than a container'
printf '%s\n' "${verdict#*
}"
case $verdict in
  fine*) exit 0 ;;
esac
exit 1
