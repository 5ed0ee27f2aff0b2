#!/usr/bin/env bash
# scripts/backdoor-table.sh FOLDER: defends the poisoned runs of a study after training, and prints one table of all.
#
#   scripts/trainer.sh study recipes/studies/fashion-mnist-backdoors.json
#   scripts/backdoor-table.sh checkpoints/fashion-mnist-backdoors
#
# Takes the runs of FOLDER named standard…, but those on clean or unlearnable images. Each with a backdoor is repaired by
# every method. Each is trained again without the rows that a method of inspect finds, one method at a time. The new runs
# are FOLDER/defended/RUN.METHOD, the rows found RUN.METHOD.json beside them. Run the same command again to continue.
#
# The table, in Markdown, has every run in both folders, all test images: clean accuracy, attack success (ASR) with its
# 95 % interval, R-Acc. Runs on clean images are measured with each trigger: what a network without the backdoor does.
set -euo pipefail
# shellcheck source=scripts/environment.sh
source "$(dirname "${BASH_SOURCE[0]}")/environment.sh"

case "${1:-}" in
  '' | -h | --help)
    usage
    [[ $# -gt 0 ]] || exit 2
    exit 0
    ;;
esac

folder=$1
defended="$folder/defended"
failed=()
mkdir -p "$defended"

defend() {
  local name=$1 method rows
  for method in spectral clustering strip; do
    rows="$defended/$name.$method.json"
    [[ -e $rows ]] || "$root/scripts/trainer.sh" inspect "$folder/$name" --method "$method" --out "$rows"
    "$root/scripts/trainer.sh" train "$folder/$name/recipe.json" --run "$defended/$name.$method" \
      --set "data.exclude=$rows" || failed+=("$name.$method")
  done
  [[ $name == *label-flip* ]] && return
  for method in fine-tuning fine-pruning nad anp; do
    [[ -e $defended/$name.$method/repair.json && -e $defended/$name.$method/latest ]] ||
      "$root/scripts/trainer.sh" repair "$folder/$name" --method "$method" --out "$defended/$name.$method" ||
      failed+=("$name.$method")
  done
}

row() {
  local run=$1 name
  shift
  name=$(basename "$run")
  grep -qs '"action":"stop"' "$run/collapses.jsonl" && name+=" (collapsed: the checkpoint before)"
  "$root/scripts/trainer.sh" evaluate "$run" --backdoor "$@" | awk -F '  +' -v name="$name" '
    $1 ~ /-step-/ { printf "| %s | %s | %s | %s | %s |\n", name, $2, $4, $8 == "–" ? "–" : $7 " (" $8 ")", $9 }'
}

for run in "$folder"/standard*.seed=*; do
  case $run in
    *-clean.* | *unlearnable*) ;;
    *) defend "$(basename "$run")" ;;
  esac
done

printf '\n| run | poison | clean %% | ASR %% (95 %% interval) | R-Acc %% |\n|---|---|---|---|---|\n'
for run in "$folder"/*.seed=*; do
  case $run in
    *-clean.*)
      for poison in badnets blended wanet label-consistent; do
        row "$run" --set "data.poison={\"type\":\"$poison\",\"target\":0,\"rate\":0.1}"
      done
      ;;
    *) row "$run" ;;
  esac
done
for run in "$defended"/*/; do
  row "$run"
done
if [[ ${#failed[@]} -gt 0 ]]; then
  echo "backdoor-table.sh: these failed, see above: ${failed[*]}" >&2
  exit 1
fi
