#!/bin/sh
# Installs Minitor from a directory or an address with its packages. See --help.
set -eu
# The service reads what is installed, however private root's files are.
umask 022

usage() {
  cat <<'EOF'
Usage: install.sh [--prefix DIR] [--no-service] DIRECTORY_OR_URL

Installs the executable for this machine from where `npm run package` put it,
or from where somebody serves these files, after checking its SHA-256.

As root, on a machine with systemd, also creates the user minitor, writes
/etc/minitor/config.yml if there is none, and starts the service. Run again,
it upgrades: it replaces the executable and restarts the service.

  --prefix DIR   installs DIR/bin/minitor
                 (default: /usr/local, without root ~/.local)
  --no-service   installs the executable and nothing else

Needs sha256sum, and curl or wget for an address. With xz, it downloads less.
EOF
}

fail() {
  printf 'install.sh: %s\n' "$1" >&2
  exit 1
}

has() { command -v "$1" >/dev/null 2>&1; }

# The end of the names of the files for this machine.
target() {
  [ "$(uname -s)" = Linux ] || fail "Minitor runs on Linux; elsewhere, use the container (docs/install.md)"
  machine=$(uname -m)
  case $machine in
    x86_64) target=linux-x64 ;;
    aarch64) target=linux-arm64 ;;
    *) fail "there is no executable for the processor $machine, only for x86_64 and aarch64" ;;
  esac
  # musl may also be installed beside glibc.
  if [ -e "/lib/ld-musl-$machine.so.1" ]; then
    case $(ldd --version 2>&1) in
      *GLIBC* | *GNU*) ;;
      *) target=$target-musl ;;
    esac
  fi
  [ "$target" != linux-x64 ] || grep -qw avx2 /proc/cpuinfo || target=$target-baseline
  echo "$target"
}

# Copies a file of the place where the packages are.
get() {
  case $place in
    http://* | https://*)
      if has curl; then curl -fsSL -o "$2" "$place/$1"
      elif has wget; then wget -q -O "$2" "$place/$1"
      else fail "needs curl or wget to download"
      fi || fail "cannot download $place/$1"
      ;;
    *) cp "$place/$1" "$2" 2>/dev/null || fail "there is no $place/$1" ;;
  esac
}

# The same, checked.
get_checked() {
  get "$1" "$2"
  expected=$(awk -v name="$1" '$2 == name { print $1 }' "$work/SHA256SUMS")
  [ -n "$expected" ] || fail "SHA256SUMS has no line for $1"
  actual=$(sha256sum "$2")
  [ "${actual%% *}" = "$expected" ] || fail "$1 is damaged: its SHA-256 is ${actual%% *}, and SHA256SUMS says $expected"
}

# Writes FILE.new, beside what it is to replace: a running program keeps the old one, and a full disk leaves it.
write_new() {
  mkdir -p "${2%/*}"
  if ! { cp "$1" "$2.new" && chmod "$3" "$2.new"; }; then
    rm -f "$2.new"
    fail "cannot write $2"
  fi
}

install_executable() {
  suffix=$(target)
  # That one runs on every x86_64, and is all there is after `npm run package -- linux-x64-baseline`.
  [ "$suffix" != linux-x64 ] || grep -q -e '-linux-x64$' "$work/SHA256SUMS" || suffix=linux-x64-baseline
  names=$(awk '{ print $2 }' "$work/SHA256SUMS" | grep "^minitor-.*-$suffix\(\.xz\)\{0,1\}\$") ||
    fail "$place has no executable for $suffix"
  plain=$(echo "$names" | grep -v '\.xz$') || fail "$place has no executable for $suffix"
  [ "$(echo "$plain" | wc -l)" -eq 1 ] || fail "$place has executables of several versions: $(echo "$plain" | tr '\n' ' ')"
  if has xz && echo "$names" | grep -q '\.xz$'; then
    get_checked "$plain.xz" "$work/minitor.xz"
    xz -d "$work/minitor.xz" || fail "$plain.xz cannot be unpacked"
  else
    get_checked "$plain" "$work/minitor"
  fi
  installed=$prefix/bin/minitor
  [ ! -d "$installed" ] || fail "$installed is a directory"
  write_new "$work/minitor" "$installed" 755
  if ! version=$("$installed.new" --version 2>&1); then
    rm -f "$installed.new"
    fail "$plain does not run here: $version"
  fi
  mv "$installed.new" "$installed"
  echo "Minitor $version is $installed"
}

install_service() {
  get_checked minitor.service "$work/minitor.service"
  getent passwd minitor >/dev/null || useradd --system --user-group --home-dir /var/lib/minitor --shell /usr/sbin/nologin minitor ||
    fail "cannot create the user minitor"
  if [ ! -e /etc/minitor/config.yml ]; then
    mkdir -p /etc/minitor
    "$prefix/bin/minitor" init --config /etc/minitor/config.yml >/dev/null
    # It may hold secrets.
    chgrp minitor /etc/minitor/config.yml
    chmod 640 /etc/minitor/config.yml
  fi
  unit=/etc/systemd/system/minitor.service
  is_new=$([ -e "$unit" ] || echo yes)
  write_new "$work/minitor.service" "$unit" 644
  mv "$unit.new" "$unit"
  systemctl daemon-reload
  if [ -n "$is_new" ]; then systemctl enable --quiet --now minitor; else systemctl try-restart minitor; fi ||
    fail "the service does not start; journalctl -u minitor says why"
  echo "The service minitor watches what /etc/minitor/config.yml says: sudo -u minitor minitor status"
}

prefix=''
service=yes
while [ $# -gt 0 ]; do
  case $1 in
    -h | --help) usage && exit 0 ;;
    --prefix) [ $# -ge 2 ] || { usage >&2 && exit 2; } && prefix=$2 && shift ;;
    --prefix=*) prefix=${1#--prefix=} ;;
    --no-service) service='' ;;
    -*) usage >&2 && exit 2 ;;
    *) break ;;
  esac
  shift
done
[ $# -eq 1 ] || { usage >&2 && exit 2; }
place=${1%/}
case $prefix in ?*/) prefix=${prefix%/} ;; esac

is_root=$([ "$(id -u)" != 0 ] || echo yes)
# The unit finds the executable only there.
[ -z "$prefix" ] || [ "$prefix" = /usr/local ] || service=''
[ -n "$is_root" ] && [ -d /run/systemd/system ] || service=''
[ -n "$prefix" ] || prefix=$([ -n "$is_root" ] && echo /usr/local || echo "${HOME:?}/.local")

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
has sha256sum || fail "needs sha256sum"
get SHA256SUMS "$work/sums"
# `sha256sum --binary` marks names with an asterisk.
sed 's/ \*/  /' "$work/sums" >"$work/SHA256SUMS"
install_executable
if [ -n "$service" ]; then
  install_service
else
  case :$PATH: in
    *:"$prefix/bin":*) ;;
    *) echo "Put $prefix/bin into your PATH to run it by its name." ;;
  esac
fi
