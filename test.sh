#!/usr/bin/env bash
# Builds everything without warnings and runs every test.
#
#   ./test.sh            all tests
#   ./test.sh FILTER     those whose full name contains FILTER (or a filter of `dotnet test`, such as Category=Fast)
#
# The last line is "N passed, N failed"; the exit code is 0 only when every test project ran to its end and nothing failed.
set -uo pipefail

root=$(cd -P "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cd "$root" || exit 2
# shellcheck source=.ci/setup.sh
. "$root/.ci/setup.sh"

export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_SKIP_FIRST_TIME_EXPERIENCE=1
configuration=${CONFIGURATION:-Release}

require_dotnet
require_icu
npm_parts "$root"
npm_clients "$root"
npm_dashboard "$root"
require_chromium
require_postgresql
require_prometheus
require_poppler

# Where there is no server to be had, the tests that need it fail and say so.
if [ -x "$root/.ci/pgvector-server.sh" ]; then
  "$root/.ci/pgvector-server.sh" || true
fi

say "building ($configuration)"
log=$(mktemp)
if ! dotnet build Akka.sln -c "$configuration" --nologo -v quiet -warnaserror >"$log" 2>&1; then
  grep -E 'error|warning' "$log" | sort -u | head -n 40 >&2 || tail -n 40 "$log" >&2
  rm -f "$log"
  echo "the build failed" >&2
  echo "0 passed, 1 failed"
  exit 1
fi
rm -f "$log"

results=$(mktemp -d)
trap 'rm -rf "$results"' EXIT

filter=()
if [ $# -gt 0 ]; then
  case $1 in
    *[=~]*) filter=(--filter "$1") ;;
    *) filter=(--filter "FullyQualifiedName~$1") ;;
  esac
fi

# failures FILE: the name of each test of a result file that did not pass, with the first lines of its message.
failures() {
  [ -f "$1" ] || return 0
  grep -A 8 -E '<UnitTestResult [^>]*outcome="(Failed|Error|Timeout|Aborted)"' "$1" \
    | sed -n -E 's/.*testName="([^"]*)".*/- \1/p; s/.*<Message>(.*)/    \1/p' | cut -c 1-600
}

# count FILE ATTRIBUTE: a number of the Counters element of a result file; 0 when there is none.
count() {
  local value
  value=$(grep -o '<Counters [^>]*' "$1" 2>/dev/null | grep -o " $2=\"[0-9]*\"" | grep -o '[0-9]*' | head -n 1)
  echo "${value:-0}"
}

passed=0
failed=0
projects=0
failed_tests=
for project in $(find Tests -name '*.Tests.csproj' | sort); do
  name=$(basename "$project" .csproj)
  trx=$results/$name.trx
  verbosity=(--logger "console;verbosity=minimal")
  [ "${CI:-}" = true ] && verbosity=(--logger "console;verbosity=normal")
  echo "== $name"
  dotnet test "$project" -c "$configuration" --no-build --nologo --results-directory "$results" \
    --logger "trx;LogFileName=$name.trx" "${verbosity[@]}" "${filter[@]}"
  code=$?
  projects=$((projects + 1))
  project_passed=$(count "$trx" passed)
  project_total=$(count "$trx" total)
  project_failed=$((project_total - project_passed))
  # A crash, a hang that was ended or a result file that is not there must never look like success.
  if [ "$project_failed" -eq 0 ]; then
    if [ ! -f "$trx" ] && [ ${#filter[@]} -eq 0 ]; then
      echo "$name left no result (exit code $code)" >&2
      project_failed=1
    elif [ "$code" -ne 0 ]; then
      echo "$name ended with exit code $code although no test failed: the test process crashed" >&2
      project_failed=1
    elif grep -q 'outcome="\(Aborted\|Error\|Timeout\)"' "$trx" 2>/dev/null; then
      echo "$name did not run to its end" >&2
      project_failed=1
    elif [ "$project_total" -eq 0 ] && [ ${#filter[@]} -eq 0 ]; then
      echo "$name has no test" >&2
      project_failed=1
    fi
  fi
  echo "   $name: $project_passed passed, $project_failed failed"
  passed=$((passed + project_passed))
  failed=$((failed + project_failed))
  failed_tests+=$(failures "$trx")
done

if [ "$projects" -eq 0 ] || { [ "$passed" -eq 0 ] && [ "$failed" -eq 0 ]; }; then
  echo "no test ran" >&2
  failed=1
fi

# Last, where a log that was cut still has them.
[ -z "$failed_tests" ] || printf '\nnot passed:\n%s\n' "$failed_tests"
echo
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
