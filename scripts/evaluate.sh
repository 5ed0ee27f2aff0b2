#!/usr/bin/env bash
# scripts/evaluate.sh CHECKPOINT|FILE.safetensors [OPTION…]: measures how robust a trained classifier is.
#
#   scripts/evaluate.sh checkpoints/quickstart
#
# Sets the machine up if something is missing (scripts/setup.sh), builds if something changed, then becomes
# `trainer evaluate`: signals and exit codes are its own. scripts/trainer.sh evaluate --help lists the options.
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

exec "$root/scripts/trainer.sh" evaluate "$@"
