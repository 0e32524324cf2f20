#!/usr/bin/env bash
# Puts the faults of put-back/ back into the engine, one at a time, and tells after how many sequences the simulation finds each.
#
#   put-back.sh [SEQUENCES = 3000] [NAME...]     each NAME a file of put-back/ without its ending; all of them by default
#
# Works in a copy of the last commit in a folder of its own. The exit code is 0 when the engine as it is passes and every fault is found.
set -euo pipefail

here=$(cd -P "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(git -C "$here" rev-parse --show-toplevel)
sequences=${1:-3000}
shift || true
names=("$@")
if [ ${#names[@]} -eq 0 ]; then
  for patch in "$here"/put-back/*.patch; do
    names+=("$(basename "$patch" .patch)")
  done
fi

copy=$(mktemp -d)
trap 'git -C "$root" worktree remove --force "$copy" 2>/dev/null || rm -rf "$copy"' EXIT
git -C "$root" worktree add --quiet --detach "$copy" HEAD
project=Tests/Sluice.Simulation.Tests
failed=0

# simulate: builds the copy and looks for the first sequence that fails.
simulate() {
  if ! (cd "$copy" && dotnet build "$project" -c Release --nologo -v quiet -p:RunAnalyzers=false -p:EnforceCodeStyleInBuild=false) >"$copy.log" 2>&1; then
    grep -m 3 error "$copy.log" || true
    return 2
  fi
  "$copy/$project/bin/Release/net10.0/Sluice.Simulation.Tests" find "$sequences" 1
}

printf '%-40s %s\n' "fault put back" "found"
result=$(simulate | tail -n 1) || true
printf '%-40s %s\n' "(none)" "$result"
case $result in *"nothing is wrong"*) ;; *) failed=1 ;; esac

for name in "${names[@]}"; do
  if ! git -C "$copy" apply "$here/put-back/$name.patch" 2>"$copy.log"; then
    printf '%-40s %s\n' "$name" "the patch does not apply: $(head -n 1 "$copy.log")"
    failed=1
    continue
  fi
  result=$(simulate | tail -n 1) || true
  printf '%-40s %s\n' "$name" "$result"
  case $result in "after "*) ;; *) failed=1 ;; esac
  git -C "$copy" apply -R "$here/put-back/$name.patch"
done
rm -f "$copy.log"
exit "$failed"
