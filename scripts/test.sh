#!/usr/bin/env bash
# scripts/test.sh [--long]: sets the machine up, builds everything with warnings as errors, checks format and scripts, and
# runs the tests. The last line on standard output is `N passed, N failed`; the exit code is 0 only where none failed.
#
# The build, the format check, the script check, and a test project that aborts or runs nothing count as one failure
# each. Details stay in artifacts/tests/.
#
#   --long   also the order of usings, the tests that build and publish programs, and long variants of others, which
#            take minutes
set -euo pipefail
# shellcheck source=scripts/environment.sh
source "$(dirname "${BASH_SOURCE[0]}")/environment.sh"

# Most tests start short processes: without the double mapping of compiled code, a training of four steps took a fifth
# less processor time.
export DOTNET_EnableWriteXorExecute=0
# Nor does code that runs for seconds pay for its profile: a tenth less.
export DOTNET_TieredPGO=0
# Operations on a few small images are faster on one thread than on two that wait for each other, and other tests run on
# the second core: half of the time. Tests of several threads say how many.
export OMP_NUM_THREADS=1

tests=(--filter-not-trait duration=long)
# Spaces, indentation and line ends. The build checks the other rules of .editorconfig, except the order of usings.
format=(whitespace . --folder)
case "${1:-}" in
  '') ;;
  --long) tests=() format=(Trainer.sln --no-restore) ;;
  -h | --help) usage && exit 0 ;;
  *) usage >&2 && exit 2 ;;
esac

"$root/scripts/setup.sh" --tests --quiet
cd "$root"

readonly results="$root/artifacts/tests"
rm -rf "$results"
mkdir -p "$results"
passed=0 failed=0

finish() {
  wait
  printf '%s passed, %s failed\n' "$passed" "$failed"
  if [[ $failed -eq 0 ]]; then exit 0; else exit 1; fi
}

# Saves wait for the disk: where there is room in memory, and programs can run there, the tests' folders are in memory.
# Those of the long tests would be too large.
readonly memory=/dev/shm
if [[ -z "${TMPDIR:-}" && ${#tests[@]} -gt 0 && -w $memory ]] &&
  (($(df --output=avail --block-size=1M "$memory" | tail -n 1) >= 2048)) &&
  ! grep -q "^[^ ]* $memory [^ ]* [^ ]*noexec" /proc/mounts; then
  TMPDIR="$(mktemp -d "$memory/trainer-tests.XXXXXX")"
  export TMPDIR
  trap 'rm -rf "$TMPDIR"' EXIT
fi

check() { # WHAT COMMAND…
  say "$1"
  if ! "${@:2}"; then
    say "FAILED: $1"
    failed=$((failed + 1))
    return 1
  fi
}

await_check() { # WHAT NAME: a check that was started before
  say "$1"
  local code=0
  wait "${started[$2]}" || code=$?
  cat "$results/$2.txt" >&2
  if [[ $code -ne 0 ]]; then
    say "FAILED: $1"
    failed=$((failed + 1))
  fi
}

# The build leaves one of two cores idle most of the time.
declare -A started
shellcheck --external-sources scripts/*.sh tests/*.sh .ci/run >"$results/shellcheck.txt" 2>&1 &
started[shellcheck]=$!
if [[ "${format[0]}" == whitespace ]]; then
  dotnet format "${format[@]}" --verify-no-changes >"$results/format.txt" 2>&1 &
  started[format]=$!
fi

# NuGet's own warnings (another version served, no vulnerability data) are about the feed and not about the code.
check 'building with warnings as errors' dotnet build Trainer.sln -c Release -p:TorchDevice="$torch_device" --nologo -v quiet \
  -p:UseSharedCompilation=true -warnaserror '-warnnotaserror:NU1603;NU1900;NU1901;NU1902;NU1903;NU1904' || finish
# One compiler serves all projects of the build; it would wait ten minutes for another.
dotnet build-server shutdown --vbcscompiler >/dev/null || true
await_check 'checking the scripts' shellcheck

if [[ -n "${started[format]:-}" ]]; then
  await_check 'checking the format' format
else
  check 'checking the format' dotnet format "${format[@]}" --verify-no-changes || true
fi

say 'running the tests'
declare -A running
for project in tests/*/*Tests.csproj tests/*/*EndToEnd.csproj; do
  name="$(basename "$project" .csproj)"
  # Reports of programs that begin together may have one name: each project has a folder.
  # Some send SIGHUP and SIGINT, which nohup and background jobs of a shell ignore.
  env --default-signal=HUP,INT dotnet test --project "$project" -c Release --no-build "${tests[@]}" \
    --results-directory "$results/$name" --report-xunit-trx &
  running[$name]=$!
done

for name in "${!running[@]}"; do
  status=0
  wait "${running[$name]}" || status=$?
  counters="$(sed -n 's/.*<Counters [^>]* passed="\([0-9]*\)" failed="\([0-9]*\)".*/\1 \2/p' \
    "$results/$name"/*.trx 2>/dev/null || true)"
  if [[ -z "$counters" ]]; then
    say "FAILED: $name aborted or ran nothing"
    failed=$((failed + 1))
    continue
  fi
  passed=$((passed + ${counters% *}))
  failed=$((failed + ${counters#* }))
  if [[ $status -ne 0 && ${counters#* } -eq 0 ]]; then
    say "FAILED: the tests of $name ended with exit code $status although none failed"
    failed=$((failed + 1))
  fi
done
finish
