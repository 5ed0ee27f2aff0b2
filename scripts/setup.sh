#!/usr/bin/env bash
# scripts/setup.sh [--quiet] [--tests]: makes this machine ready to build and run, and says what it does.
#
#   --quiet   says nothing where nothing is missing; the data set is looked for the first time only
#   --tests   also what scripts/test.sh needs
#
# It looks for the .NET 10 SDK and Fashion-MNIST; libtorch comes with the build, as a NuGet package. It never calls sudo:
# started as root on Debian or Ubuntu it installs packages; anywhere else it says what is missing and how to get it.
# Run again, it does only what is still missing.
set -euo pipefail
# shellcheck source=scripts/environment.sh
source "$(dirname "${BASH_SOURCE[0]}")/environment.sh"

readonly marker="$root/artifacts/setup.done"
quiet=false tests=false
for argument in "$@"; do
  case "$argument" in
    --quiet) quiet=true ;;
    --tests) tests=true ;;
    -h | --help) usage && exit 0 ;;
    *) usage >&2 && fail "unknown argument '$argument'" ;;
  esac
done

have_sdk() { command -v dotnet >/dev/null && dotnet --list-sdks | grep -q '^10\.'; }

have_fashion_mnist() {
  local folder
  for folder in /usr/share/datasets/fashion-mnist "$root/data/fashion-mnist"; do
    if compgen -G "$folder/t10k-labels-idx1-ubyte*" >/dev/null && ! compgen -G "$folder/*.part" >/dev/null; then return 0; fi
  done
  return 1
}

# Prints, one a line, the packages that the tests still need.
lacking() {
  if $tests; then
    command -v shellcheck >/dev/null || echo shellcheck
    command -v mpirun.openmpi >/dev/null || echo openmpi-bin
    command -v mpirun.mpich >/dev/null || echo mpich
  fi
}

explain_packages() {
  say "error: this machine lacks: $*"
  say "as root, run: apt-get update && apt-get install --no-install-recommends $*"
  exit 1
}

explain_sdk() {
  say "error: the .NET 10 SDK is missing$(command -v dotnet >/dev/null && printf ' (dotnet is there, but no SDK 10)')"
  say "get it without root, into ~/.dotnet, where these scripts find it:"
  say "  curl -fsSLO https://dot.net/v1/dotnet-install.sh && bash dotnet-install.sh --channel 10.0"
  say "or as a package: https://learn.microsoft.com/dotnet/core/install/linux"
  exit 1
}

if ! have_sdk; then explain_sdk; fi
mapfile -t packages < <(lacking)
if [[ ${#packages[@]} -eq 0 ]] && { have_fashion_mnist || { $quiet && ! $tests && [[ -f "$marker" ]]; }; }; then
  $quiet || say "nothing is missing"
  exit 0
fi

mkdir -p "$root/artifacts" || fail "cannot write below $root: run this as its owner"
exec 9>"$root/artifacts/setup.lock"
flock 9

mapfile -t packages < <(lacking)
if [[ ${#packages[@]} -gt 0 ]]; then
  can_install || explain_packages "${packages[@]}"
  install_packages "${packages[@]}" || { tail -n 5 "$setup_log" >&2 && explain_packages "${packages[@]}"; }
fi

if ! have_fashion_mnist; then
  if ! can_install || ! install_packages dataset-fashion-mnist; then
    say "Fashion-MNIST is not on this machine; scripts/get-data.sh fashion-mnist downloads it"
  fi
fi
touch "$marker"
say "ready"
