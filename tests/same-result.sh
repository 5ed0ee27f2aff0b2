#!/usr/bin/env bash
# tests/same-result.sh [OLD_COMMIT]: shows that a change of the code changes no result.
#
#   tests/same-result.sh HEAD~3
#   tests/same-result.sh              the last commit against what the working folder holds
#
# Builds the commit in a worktree and the working folder as it is, and trains the quick start, TRADES, MART + AWP, mixed
# batches and Free with both: 60 steps, seed 0. Then AutoAttack on 100 test images, and the last 20 steps again, from the
# checkpoint at step 40 that the commit wrote. Compares the bits of all weights and each example's
# verdict and distance, and exits with 1 where one differs. About five minutes on two cores, with the data set in place.
set -euo pipefail
# shellcheck source=scripts/environment.sh
source "$(dirname "${BASH_SOURCE[0]}")/../scripts/environment.sh"

case "${1:-}" in
  -h | --help)
    usage
    exit 0
    ;;
esac

"$root/scripts/setup.sh"
commit="$(git -C "$root" rev-parse --verify "${1:-HEAD}^{commit}")"
work="$(mktemp -d)"
trap 'git -C "$root" worktree remove --force "$work/old" 2>/dev/null; rm -rf "$work"' EXIT
git -C "$root" worktree add --quiet --detach "$work/old" "$commit"

# What recipes of the commit called an option that has another name now: "s/"newName"/"oldName"/g" a line.
old_keys() { sed -f "$root/tests/same-result.sed"; }

# build FOLDER
build_tree() {
  say "building $1"
  (cd "$1" && dotnet build src/Trainer.Cli -c Release -p:TorchDevice=cpu --nologo -v quiet) >"$work/build.log" 2>&1 || {
    cat "$work/build.log" >&2
    fail "$1 does not build"
  }
}

# run_tree old|new COMMAND ARGUMENT...
run_tree() {
  local tree="$root"
  if [[ "$1" == old ]]; then tree="$work/old"; fi
  (
    cd "$tree"
    TRAINER_DATA="${TRAINER_DATA:-$root/data}" "$tree/src/Trainer.Cli/bin/Release/net10.0/trainer" "${@:2}"
  ) >>"$work/$1.log" 2>&1 || {
    tail -n 20 "$work/$1.log" >&2
    fail "the $1 command ended with an error: ${*:2}"
  }
}

# train old|new NAME RECIPE OVERRIDE...
train() {
  local -a options=(--set seed=0 --set device=cpu --set 'evaluate.final=[]' --set evaluate.examples=100 --set evaluate.batchSize=250
    --set evaluate.checks=null
    --set checkpoint.everySteps=20 --set checkpoint.keepLast=9 --set train.maxSteps=60)
  local override
  for override in "${@:4}"; do
    if [[ "$1" == old ]]; then override="$(old_keys <<<"$override")"; fi
    options+=(--set "$override")
  done
  run_tree "$1" train "$3" --run "$work/runs/$1/$2" "${options[@]}"
}

# results_of weights|ledger RUN: of weights, one line a tensor with its dtype, shape and place, and a hash of all values of the
# newest checkpoint; of a ledger, every block without the first line, which names the evaluation.
results_of() {
  local file length
  case "$1" in
    weights)
      file="$(find "$2" -path '*-step-*' -name model.safetensors | sort | tail -n 1)"
      length="$(od -An -t u8 -N 8 "$file" | tr -d ' ')"
      head -c $((8 + length)) "$file" | tail -c +9 | grep -o '"[^"]*":{"dtype"[^}]*}' | sort
      tail -c +$((9 + length)) "$file" | sha256sum
      ;;
    ledger) find "$2" -name ledger.jsonl -exec tail -q -n +2 {} + | sort ;;
  esac
}

differing=0
# compare WHAT weights|ledger NAME
compare() {
  results_of "$2" "$work/runs/old/$3" >"$work/$3.old"
  results_of "$2" "$work/runs/new/$3" >"$work/$3.new"
  if [[ ! -s "$work/$3.old" ]]; then fail "$3: nothing to compare"; fi
  if cmp -s "$work/$3.old" "$work/$3.new"; then
    printf 'same       %s: %s\n' "$3" "$1"
  else
    printf 'different  %s: %s\n' "$3" "$1"
    diff "$work/$3.old" "$work/$3.new" | head -n 6 | cut -c 1-300
    differing=$((differing + 1))
  fi
}

mart='{ "type": "mart", "lambda": 5, "attack": { "type": "pgd", "steps": 10, "stepSize": 0.025, "gaussianStart": 0.001 } }'
declare -a runs=(
  "quickstart recipes/quickstart.json"
  "trades recipes/fashion-mnist/trades.json"
  "mart-awp recipes/fashion-mnist/mart.json objective={ \"type\": \"awp\", \"objective\": $mart, \"gamma\": 0.005 }"
  "mixed recipes/fashion-mnist/mixed.json"
  "free recipes/fashion-mnist/free.json"
)

build_tree "$work/old"
build_tree "$root"
mkdir -p "$work/runs/old" "$work/runs/new"
for run in "${runs[@]}"; do
  read -r name recipe overrides <<<"$run"
  for tree in old new; do train "$tree" "$name" "$recipe" ${overrides:+"$overrides"}; done
  compare "weights after 60 steps" weights "$name"
done

for tree in old new; do
  run_tree "$tree" evaluate "$work/runs/$tree/quickstart" --attack autoattack --examples 100
done
compare "verdicts and distances of AutoAttack on 100 images" ledger quickstart

rm -rf "$work/runs/new/quickstart" "$work/runs/old/quickstart"/*-step-000000060
cp -r "$work/runs/old/quickstart" "$work/runs/new/quickstart"
for tree in old new; do train "$tree" quickstart recipes/quickstart.json; done
compare "weights of the old run folder, resumed at step 40" weights quickstart
exit $((differing > 0))
