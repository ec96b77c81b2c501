#!/bin/sh
# A whole cluster of Minitor on this machine, to try it: three NATS servers with accounts and TLS, two Minitor servers and
# three agents, all in a scratch directory.
#
#   examples/cluster/up.sh        until Ctrl-C, which ends and removes all of it
#
# It needs nats-server, openssl and minitor (or MINITOR=/path/to/minitor), and the ports from PORT (24200) to PORT + 22.
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
minitor=${MINITOR:-minitor}
port=${PORT:-24200}
wait_seconds=${WAIT:-120}
for program in "$minitor" nats-server openssl; do
  command -v "$program" >/dev/null || { echo "up.sh: $program is missing" >&2; exit 69; }
done

directory=$(mktemp -d "${TMPDIR:-/tmp}/minitor-cluster.XXXXXX")
names=
ended=

# Ends all that was started, and removes it. Runs once, however this ends.
down() {
  status=$?
  trap '' INT TERM HUP
  trap - EXIT
  for name in $names; do kill -TERM "$(cat "$directory/$name.pid")" 2>/dev/null || :; done
  seconds=0
  for name in $names; do
    while is_there "$name" && [ "$seconds" -lt 15 ]; do
      sleep 1
      seconds=$((seconds + 1))
    done
    kill -KILL "$(cat "$directory/$name.pid")" 2>/dev/null || :
  done
  rm -rf "$directory"
  echo "all of it has ended"
  exit "${1:-$status}"
}
trap 'down' EXIT
trap 'echo; down 0' INT TERM HUP

# start NAME COMMAND...: in the background, with its output in NAME.log. Ctrl-C is for this script alone.
start() {
  name=$1
  shift
  (
    trap '' INT
    exec "$@"
  ) >"$directory/$name.log" 2>&1 </dev/null &
  echo $! >"$directory/$name.pid"
  names="$names $name"
}

is_there() {
  kill -0 "$(cat "$directory/$1.pid")" 2>/dev/null
}

# Tells of a process that has ended, and shows what it said last.
look_for_ended() {
  for name in $names; do
    case " $ended " in *" $name "*) continue ;; esac
    is_there "$name" && continue
    ended="$ended $name"
    echo "$name has ended:"
    tail -n 5 "$directory/$name.log" | cut -c1-160 | sed 's/^/  /'
  done
}

# Runs a command again and again until it succeeds; gives up when a process has ended, or after WAIT seconds.
until_true() {
  what=$1
  shift
  seconds=0
  until "$@" >/dev/null 2>&1; do
    look_for_ended
    if [ -n "$ended" ] || [ "$seconds" -ge "$wait_seconds" ]; then
      echo "up.sh: $what did not come up" >&2
      exit 1
    fi
    sleep 1
    seconds=$((seconds + 1))
  done
}

cd "$directory"
umask 077

# --- NATS: certificates, passwords, three servers
"$here/certificates.sh" 127.0.0.1 localhost >/dev/null
cp "$here/accounts.conf" .
# With a letter first: NATS reads a variable that begins with a digit as a number.
secret() { echo "s$(openssl rand -hex 16)"; }
server_password=$(secret) nas_password=$(secret) home_password=$(secret) vps_a_password=$(secret) route_password=$(secret)
cat >passwords.conf <<END
SERVER_PASSWORD: "$server_password"
NAS_PASSWORD: "$nas_password"
HOME_PASSWORD: "$home_password"
VPS_A_PASSWORD: "$vps_a_password"
END
addresses=
for number in 1 2 3; do
  addresses="$addresses${addresses:+,}tls://127.0.0.1:$((port + number))"
  cat >"nats-$number.conf" <<END
include "accounts.conf"
server_name: nats-$number
listen: "127.0.0.1:$((port + number))"
jetstream { store_dir: "$directory/nats-$number" }
tls { cert_file: "certificates/server.pem", key_file: "certificates/server.key" }
cluster {
  name: minitor
  listen: "127.0.0.1:$((port + 10 + number))"
  authorization { user: route, password: "$route_password" }
  routes: [
    "nats-route://route:$route_password@127.0.0.1:$((port + 11))"
    "nats-route://route:$route_password@127.0.0.1:$((port + 12))"
    "nats-route://route:$route_password@127.0.0.1:$((port + 13))"
  ]
  tls { cert_file: "certificates/server.pem", key_file: "certificates/server.key", ca_file: "certificates/ca.pem" }
}
END
done

# --- Minitor: one configuration for both servers; what differs is in the environment
token=$(secret)
cat >config.yml <<END
cluster:
  servers: [${addresses}]
  node: "\${NODE}"
  user: server
  password: "\${SERVER_PASSWORD}"
  tls: {ca: certificates/ca.pem}
  alerts: [tell]
  takeover: 5s

database: "\${NODE}.db"

web:
  listen: "127.0.0.1:\${PAGES}"
  title: A cluster on one machine
  public: true
  auth:
    tokens: ["\${TOKEN}"]

check_interval: 2s
defaults: {alert_after: 1, alert_every: 1h, alerts: [tell], alert_up: [tell]}

monitors:
  - name: On the server
    description: Runs on whichever server leads. Fails while there is a file broken-server.
    command: test ! -e broken-server
  - name: On the NAS
    description: Runs on one agent only. Fails while there is a file broken-nas.
    command: test ! -e broken-nas
    run_on: nas
  - name: Anywhere in the LAN
    description: Runs on any one agent with the tag lan, nas or home.
    command: test ! -e broken-lan
    run_on: {tag: lan}
  - name: Website, from three places
    description: Down only if two of three places say so. A place fails while there is a file broken-web-PLACE.
    command: test ! -e "broken-web-\$PLACE"
    run_on: [nas, home, vps-a]
    quorum: 2

alerts:
  tell: {command: 'printf "%s %s\n" "\$(date +%T)" "\$MINITOR_ALERT_MESSAGE" >> alerts.txt'}
END
export SERVER_PASSWORD="$server_password" TOKEN="$token"

echo "starting three NATS servers, two Minitor servers and three agents in $directory"
for number in 1 2 3; do start "nats-$number" nats-server --config "$directory/nats-$number.conf"; done
page=20
for node in server-a server-b; do
  page=$((page + 1))
  NODE=$node PAGES=$((port + page)) start "$node" "$minitor" run --config config.yml --log-format text
done
agent() {
  node=$1 password=$2
  shift 2
  PLACE=$node MINITOR_CLUSTER_PASSWORD=$password start "agent-$node" "$minitor" agent \
    --cluster "$addresses" --node "$node" --user "$node" --tls-ca certificates/ca.pem "$@"
}
agent nas "$nas_password" --tag lan
agent home "$home_password" --tag lan
agent vps-a "$vps_a_password"

export NODE=server-a PAGES=$((port + 21))
all_are_there() {
  "$minitor" nodes --config config.yml >nodes.txt && [ "$(grep -c ' ago ' nodes.txt)" -eq 5 ]
}
until_true 'the cluster' all_are_there
cat nodes.txt

cat <<END

Pages      http://127.0.0.1:$((port + 21))/ and http://127.0.0.1:$((port + 22))/ show the same; to sign in: $token
Nodes      http://127.0.0.1:$((port + 21))/nodes
Alerts     tail -f $directory/alerts.txt
Break      touch $directory/broken-nas; then rm it
One place  touch $directory/broken-web-nas: one of three is not enough. And broken-web-home: it is down
Takeover   kill -9 \$(cat $directory/server-a.pid): the other server leads within seconds
Logs       $directory/*.log
Ctrl-C ends all of it.
END

while :; do
  sleep 1 &
  wait $! || :
  look_for_ended
done
