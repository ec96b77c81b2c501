#!/bin/sh
# Makes an authority and a certificate for NATS servers, in certificates/:
#   ./certificates.sh nats-1.example.org nats-2.example.org 192.0.2.3
# Minitor needs ca.pem (cluster.tls.ca, --tls-ca); NATS servers need server.pem and server.key. ca.key makes further
# certificates: keep it elsewhere.
set -eu
[ $# -gt 0 ] || { echo "usage: $0 HOST..." >&2; exit 64; }
umask 077
mkdir -p certificates
cd certificates

names=
for host in "$@"; do
  case $host in
    *[!0-9.]*) kind=DNS ;;
    *) kind=IP ;;
  esac
  case $host in *:*) kind=IP ;; esac
  names="$names${names:+,}$kind:$host"
done

new_key='-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -noenc'
if [ ! -e ca.pem ]; then
  # shellcheck disable=SC2086 # several words on purpose
  openssl req -x509 $new_key -days 3650 -subj '/CN=Minitor cluster' -keyout ca.key -out ca.pem \
    -addext 'basicConstraints=critical,CA:TRUE' -addext 'keyUsage=critical,keyCertSign,cRLSign' 2>/dev/null
fi
# shellcheck disable=SC2086
openssl req $new_key -subj "/CN=$1" -keyout server.key -out server.csr 2>/dev/null
printf 'subjectAltName=%s\nextendedKeyUsage=serverAuth,clientAuth\n' "$names" >server.ext
openssl x509 -req -in server.csr -CA ca.pem -CAkey ca.key -days 825 -extfile server.ext -out server.pem 2>/dev/null
rm server.csr server.ext
chmod 644 ca.pem server.pem
echo "certificates/server.pem is for: $names"
