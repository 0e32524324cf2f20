#!/usr/bin/env bash
# Asks a node on this machine how it is, with nothing but bash: 0 when it answers 200.
#
#   health-check.sh [PATH [PORT]]        PATH is /healthz (the process lives) or /readyz (a member, its jobs run); PORT is 8080
set -euo pipefail

path=${1:-/healthz}
port=${2:-8080}

exec 3<>"/dev/tcp/127.0.0.1/$port"
printf 'GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n' "$path" >&3
read -r -t 5 _ status _ <&3
[ "$status" = 200 ]
