#!/usr/bin/env bash
# Makes a private authority and certificates of nodes, to try TLS between nodes out. For production take those of your own authority.
#
#   make-certificates.sh FOLDER NAME...      make-certificates.sh ~/sluice-tls a.example 10.0.0.7
#
# FOLDER/authority.pem    what every node trusts: sluice.cluster.tls.authority
# FOLDER/authority.key    signs certificates; keep it away from the nodes
# FOLDER/NAME.pem, .key   one pair a node: sluice.cluster.tls.certificate and sluice.cluster.tls.key
#
# An authority that is there is used again, so names can be added later. DAYS=825 is how long nodes' certificates last.
set -euo pipefail

if [ $# -lt 2 ]; then
  sed -n '2,10s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2
  exit 2
fi
command -v openssl >/dev/null 2>&1 || { echo "openssl is missing." >&2; exit 2; }

folder=$1
shift
umask 077
mkdir -p "$folder"

if [ ! -f "$folder/authority.key" ]; then
  openssl req -x509 -newkey rsa:3072 -noenc -sha256 -days 3650 -subj "/CN=Sluice nodes" \
    -addext "basicConstraints=critical,CA:TRUE,pathlen:0" -addext "keyUsage=critical,keyCertSign,cRLSign" \
    -keyout "$folder/authority.key" -out "$folder/authority.pem" 2>/dev/null
  echo "$folder/authority.pem"
fi

for name in "$@"; do
  case $name in
    authority | */* | -*) echo "'$name' cannot be the name of a node." >&2; exit 2 ;;
    *:* | *[!0-9.]*) kind=DNS; case $name in *:*) kind=IP ;; esac ;;
    *) kind=IP ;;
  esac
  openssl req -new -newkey rsa:3072 -noenc -sha256 -subj "/CN=$name" -keyout "$folder/$name.key" -out "$folder/$name.csr" 2>/dev/null
  openssl x509 -req -in "$folder/$name.csr" -CA "$folder/authority.pem" -CAkey "$folder/authority.key" -CAcreateserial -sha256 -days "${DAYS:-825}" -out "$folder/$name.pem" -extfile <(
    printf '%s\n' "basicConstraints=critical,CA:FALSE" "keyUsage=critical,digitalSignature,keyEncipherment" "extendedKeyUsage=serverAuth,clientAuth" "subjectAltName=$kind:$name"
  ) 2>/dev/null
  rm "$folder/$name.csr"
  echo "$folder/$name.pem"
done
