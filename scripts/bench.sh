#!/usr/bin/env bash
# scripts/bench.sh [--quick] [--only ROW] [--record]: times Trainer against its peers, turn by turn in one run.
#
#   scripts/bench.sh                      every row, the whole quick start and AutoAttack among them
#   scripts/bench.sh --quick              under three minutes
#   scripts/bench.sh --only pgd-conv-small
#   scripts/bench.sh --record             the same, also into tests/Trainer.Benchmarks/results
#
# The peers: TorchScript on this build's libtorch, in the textbook's order of work ("reference") and tuned, which is checked
# against Trainer's own networks and attacks before it is timed; and the system's PyTorch with OpenBLAS (Debian's
# python3-torch and libopenblas0-pthread; with the reference BLAS it is three times slower), installed if they are missing.
#
# Prints a line a row, "ratio ROW MEDIAN (MIN to MAX) target T met|missed against PEER", and fails when one is missed.
# Leave the machine alone meanwhile.
set -euo pipefail
# shellcheck source=scripts/environment.sh
source "$(dirname "${BASH_SOURCE[0]}")/environment.sh"

case "${1:-}" in
  -h | --help)
    usage
    exit 0
    ;;
esac

"$root/scripts/setup.sh"
if ! /usr/bin/python3 -c 'import torch' 2>/dev/null || ! compgen -G '/usr/lib/*/libopenblas.so.0' >/dev/null; then
  can_install || fail "install python3-torch and libopenblas0-pthread, or run this as root on Debian"
  install_packages python3-torch libopenblas0-pthread || fail "python3-torch cannot be installed: see $setup_log"
fi
build
(cd "$root" && dotnet build tests/Trainer.Benchmarks -c Release -p:TorchDevice="$torch_device" --nologo -v quiet)
exec "$root/tests/Trainer.Benchmarks/$output/Release/net10.0/Trainer.Benchmarks" "$@"
