#!/usr/bin/env bash
# Are the page numbers of hits in PDFs right? Each hit's words are looked up in what poppler reads on that page.
#   Tests/Benchmarks/pdf-pages.sh DATABASE-URI QUESTION...
# The database holds PDFs (Debian's r-doc-pdf, say). Needs pdftotext (poppler-utils).
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
database=${1:?usage: pdf-pages.sh DATABASE-URI QUESTION...}
shift
for question; do
  "${SLUICE:-$here/../../sluice}" search "$question" --from "$database" -k 5 --json </dev/null
done | node -e '
  const { execFileSync } = require("child_process");
  const { fileURLToPath } = require("url");
  const words = text => text.toLowerCase().match(/[a-z]{3,}/g) || [];
  let right = 0, all = 0;
  for (const line of require("fs").readFileSync(0, "utf8").trim().split("\n"))
    for (const hit of JSON.parse(line)) {
      const page = new Set(words(execFileSync("pdftotext", ["-f", hit.page, "-l", hit.page + 1, fileURLToPath(hit.uri), "-"], { encoding: "utf8" })));
      const own = words(hit.text), found = own.filter(word => page.has(word)).length;
      all++;
      if (found >= 0.9 * own.length) right++;
      else console.log(`${hit.place}: ${found} of ${own.length} words on the page`);
    }
  console.log(`${right} of ${all} hits on the page they name`);'
