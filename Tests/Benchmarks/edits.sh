#!/usr/bin/env bash
# What a second run costs: nothing changed, one paragraph edited in ten files, ten files deleted, ten renamed.
#   Tests/Benchmarks/edits.sh FOLDER-OF-HTML [sluice ingest OPTION...]
# Works on a copy. Each line is the end of the accounting that `sluice ingest --json` prints.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
corpus=${1:?usage: edits.sh FOLDER-OF-HTML [OPTION...]}
shift
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp -r "$corpus" "$work/corpus"
cd "$work"
run() {
  "${SLUICE:-$here/../../sluice}" ingest corpus --json "${@:2}" 2>/dev/null </dev/null |
    node -e 'const r = JSON.parse(require("fs").readFileSync(0, "utf8").trim().split("\n").pop());
      console.log(`${process.argv[1].padEnd(28)} indexed ${r.indexed}, unchanged ${r.unchanged}, removed ${r.removed}; chunks embedded ${r.chunks.embedded}, reused ${r.chunks.reused}, deleted ${r.chunks.deleted}; ${r.seconds} s`)' "$1"
}
ten() { find corpus -name '*.html' | sort | sed -n "$1,$(($1 + 9))p"; }
run "first run" "$@"
run "nothing changed" "$@"
ten 1 | while read -r f; do sed -i '0,/<\/p>/s// This sentence was added.<\/p>/' "$f"; done
run "a paragraph edited in 10" "$@"
ten 21 | xargs rm
run "10 deleted" "$@"
ten 41 | while read -r f; do mv "$f" "${f%.html}-renamed.html"; done
run "10 renamed" "$@"
