#!/usr/bin/env bash
# scripts/trainer.sh COMMAND …: runs any command of the engine from the source tree.
#
# Sets the machine up if something is missing (scripts/setup.sh), builds if something changed, then becomes the
# command itself, so that signals and exit codes are its own. scripts/trainer.sh COMMAND --help explains each one.
#
# Commands: train, evaluate, list, recipe, doctor, …; scripts/trainer.sh --help prints the list once it is built.
set -euo pipefail
# shellcheck source=scripts/environment.sh
source "$(dirname "${BASH_SOURCE[0]}")/environment.sh"

case "${1:-}" in
  '' | -h | --help)
    usage
    if [[ -x "$trainer" ]]; then exec "$trainer" --help; fi
    exit 0
    ;;
esac

# A request to save has nothing to save before the command runs, and must not end what prepares it.
trap : USR1
"$root/scripts/setup.sh" --quiet
build
exec "$trainer" "$@"
