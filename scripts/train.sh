#!/usr/bin/env bash
# scripts/train.sh RECIPE [OPTION…]: trains a classifier as the recipe says, or continues where it stopped.
#
#   scripts/train.sh recipes/quickstart.json
#   scripts/train.sh recipes/quickstart.json --set train.epochs=3 --run checkpoints/three
#
# Sets the machine up if something is missing (scripts/setup.sh), builds if something changed, then becomes
# `trainer train`: signals and exit codes are its own. Started again with the same command, a run resumes from its last
# checkpoint. scripts/trainer.sh train --help lists the options.
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

exec "$root/scripts/trainer.sh" train "$@"
