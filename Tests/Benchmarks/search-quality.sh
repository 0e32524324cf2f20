#!/usr/bin/env bash
# Ten questions on PostgreSQL's documentation: is the right page among the first three?
#   Tests/Benchmarks/search-quality.sh DATABASE-URI
# The database holds /usr/share/doc/postgresql-doc-15/html (Debian: postgresql-doc-15). Questions and right pages: postgresql-questions.tsv.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
database=${1:?usage: search-quality.sh DATABASE-URI}
for mode in vector fts hybrid; do
  right=0 all=0
  while IFS=$'\t' read -r question pages; do
    all=$((all + 1))
    found=$("${SLUICE:-$here/../../sluice}" search "$question" --from "$database" --mode "$mode" -k 3 --json </dev/null |
      node -e 'const hits = JSON.parse(require("fs").readFileSync(0)); console.log(hits.map(h => h.uri.split("/").pop().split("#")[0]).join(" "))')
    mark=no
    for page in $found; do
      case "|$pages|" in *"|$page|"*) mark=yes ;; esac
    done
    [ $mark = yes ] && right=$((right + 1))
    printf '%-7s %-4s %-70s %s\n' "$mode" "$mark" "$question" "$found"
  done <"$here/postgresql-questions.tsv"
  echo "$mode: $right of $all with the right page among the first three"
done
