#!/usr/bin/env bash
# scripts/backdoor-table.sh FOLDER [RUN…]: defends poisoned runs of a study after training, and prints what is left.
#
#   scripts/trainer.sh study recipes/studies/fashion-mnist-backdoors.json
#   scripts/backdoor-table.sh checkpoints/fashion-mnist-backdoors
#   scripts/backdoor-table.sh checkpoints/fashion-mnist-backdoors standard.badnets-10.seed={1,2}
#
# Takes the runs of FOLDER that are named, else those named standard… with seed 0, but no control. Each with a backdoor
# is repaired by every method. Each with poisoned rows is trained again without those that a method of inspect finds, one
# method at a time. The new runs are FOLDER/defended/RUN.METHOD, the rows found RUN.METHOD.json beside them; the table has
# every run that is there. Run the same command again to continue.
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
shift
[[ $# -gt 0 ]] || set -- "$folder"/standard*.seed=0
defended="$folder/defended"
mkdir -p "$defended"
for name in "${@##*/}"; do
  run="$folder/$name"
  [[ $name == *control-* || $name == *unlearnable* ]] && continue
  for method in spectral clustering strip; do
    rows="$defended/$name.$method.json"
    [[ -e $rows ]] || "$root/scripts/trainer.sh" inspect "$run" --method "$method" --out "$rows"
    "$root/scripts/trainer.sh" train "$run/recipe.json" --run "$defended/$name.$method" --set "data.exclude=$rows"
  done
  [[ $name == *label-flip* ]] && continue
  for method in fine-tuning fine-pruning nad anp; do
    out="$defended/$name.$method"
    [[ -e $out/repair.json ]] || "$root/scripts/trainer.sh" repair "$run" --method "$method" --out "$out"
  done
done
for run in "$defended"/*/; do
  echo "== $run"
  "$root/scripts/trainer.sh" evaluate "$run" --backdoor
done
