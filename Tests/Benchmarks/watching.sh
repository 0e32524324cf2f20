#!/usr/bin/env bash
# What watching costs: the same corpus ingested in turn without and with everything that watches it (the dashboard with one reader of live events, metrics scraped once
# a second, traces and metrics sent to an OTLP collector), each into a database of its own.
#
#   Tests/Benchmarks/watching.sh FOLDER [ROUNDS] [ARGUMENT-OF-INGEST...]
#
# SLUICE_PROGRAM names another program than ./sluice.
#
# Prints seconds and processor seconds of each run, and the medians of the ratios with/without. On a machine that others use, believe the processor seconds.
set -euo pipefail
root=$(cd -P "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
corpus=$(cd "$1" && pwd)
rounds=${2:-3}
shift $(($# > 2 ? 2 : $#))
scratch=$(mktemp -d)
node -e '
  const http = require("http");
  let bytes = 0, posts = 0;
  const server = http.createServer((request, answer) => {
    request.on("data", part => bytes += part.length);
    request.on("end", () => { if (request.method === "POST") posts++; answer.end(request.method === "GET" ? JSON.stringify({ posts, bytes }) : ""); });
  });
  server.listen(0, "127.0.0.1", () => console.log(server.address().port));
' >"$scratch/port" &
collector=$!
trap 'kill $collector 2>/dev/null || true; rm -rf "$scratch"' EXIT
until [ -s "$scratch/port" ]; do sleep 0.1; done
otlp=http://127.0.0.1:$(cat "$scratch/port")

# measure NAME ARGUMENT...: one run; prints seconds, processor seconds, tokens, bytes scraped, bytes of events, exit code.
measure() {
  local name=$1
  shift
  rm -rf "$scratch/database"
  mkdir "$scratch/database"
  cd "$scratch/database"
  node - "${SLUICE_PROGRAM:-$root/sluice}" "$corpus" "$name" "$@" <<'JS'
    const { spawn } = require("child_process");
    const http = require("http");
    const [program, corpus, name, ...more] = process.argv.slice(2);
    const child = spawn(program, ["ingest", corpus, "--json", ...more], { stdio: ["ignore", "pipe", "pipe"] });
    let output = "", scraped = 0, events = 0, timer;
    child.stdout.on("data", data => output += data);
    child.stderr.on("data", data => {
      const address = /^dashboard: (\S+)/m.exec(String(data));
      if (!address || timer) return;
      http.get(address[1] + "api/v1/events", answer => answer.on("data", part => events += part.length)).on("error", () => {});
      timer = setInterval(() => http.get(address[1] + "metrics", answer => answer.on("data", part => scraped += part.length)).on("error", () => {}), 1000);
    });
    let ticks = 0;
    const clock = setInterval(() => { try { const f = require("fs").readFileSync(`/proc/${child.pid}/stat`, "utf8").split(") ")[1].split(" "); ticks = +f[11] + +f[12]; } catch {} }, 50);
    child.on("close", code => {
      clearInterval(timer); clearInterval(clock);
      const result = JSON.parse(output.trim().split("\n").pop());
      console.log([result.seconds, ticks / 100, result.tokens, scraped, events, code].join(" "));
      process.exit(0);
    });
JS
}

ratios=() processor=()
for round in $(seq "$rounds"); do
  read -r seconds cpu tokens _ _ _ <<<"$(measure plain "$@")"
  read -r watched watchedcpu same scraped events _ <<<"$(OTEL_EXPORTER_OTLP_ENDPOINT=$otlp OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf measure watched --dashboard-port 0 "$@")"
  [ "$tokens" = "$same" ] || { echo "the runs differ: $tokens and $same tokens" >&2; exit 1; }
  ratio=$(awk "BEGIN { printf \"%.4f\", $seconds / $watched }")
  cpuratio=$(awk "BEGIN { printf \"%.4f\", $watchedcpu / $cpu }")
  ratios+=("$ratio") processor+=("$cpuratio")
  echo "round $round: plain $seconds s ($cpu s of processor), watched $watched s ($watchedcpu s of processor); throughput x $ratio, processor x $cpuratio; $tokens tokens; $scraped bytes scraped, $events bytes of events"
done
median() { printf '%s\n' "$@" | sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }
echo "median: throughput x $(median "${ratios[@]}"), processor x $(median "${processor[@]}")"
node -e "require('http').get('$otlp', a => a.on('data', d => console.log('collector: ' + d)))"
