#!/usr/bin/env bash
# scripts/publish.sh [--runtime linux-x64|win-x64] [OUT]: makes one folder (default: artifacts/publish) to copy to a machine
# without .NET.
# scripts/publish.sh --packages [OUT]: makes the NuGet package of Trainer.Robustness and its symbols (default: artifacts/feed).
#
# It holds the command with its own .NET runtime, libtorch for the CPU and the recipes: ./trainer train recipes/quickstart.json
# runs there. On Linux, TRAINER_LIBTORCH=DIR names another libtorch of the same version instead, such as the folder torch of a
# PyTorch with CUDA. The package has no libtorch of its own: README.md in it says which one to add. OUT must be new, empty, or
# made by this script.
set -euo pipefail
# shellcheck source=scripts/environment.sh
source "$(dirname "${BASH_SOURCE[0]}")/environment.sh"

runtime=linux-x64 out='' packages=false
while (($#)); do
  case "$1" in
    -h | --help) usage && exit 0 ;;
    --packages) packages=true && shift ;;
    --runtime) runtime="${2:?--runtime needs linux-x64 or win-x64}" && shift 2 ;;
    -*) usage >&2 && fail "unknown option '$1'" ;;
    *) out="$1" && shift ;;
  esac
done
case "$runtime" in
  linux-x64 | win-x64) ;;
  *) fail "--runtime is '$runtime': expected linux-x64 or win-x64" ;;
esac

if [[ -z "$out" ]]; then
  out="$root/artifacts/publish"
  if $packages; then out="$root/artifacts/feed"; fi
fi

readonly marker=.trainer-publish
if [[ -e "$out" && ! -f "$out/$marker" && -n "$(ls -A "$out" 2>/dev/null)" ]]; then
  fail "$out is not empty and was not made by this script: name another folder"
fi

"$root/scripts/setup.sh" --quiet
mkdir -p "$out" "$root/artifacts"
out="$(cd "$out" && pwd)"
find "$out" -mindepth 1 -delete
touch "$out/$marker"

if $packages; then
  say "packing to $out"
  # Built beside the outputs of other builds: packages have other dependencies.
  dotnet pack "$root/src/Trainer.Robustness" -c Release -p:IsPackaged=true -p:TorchDevice=cpu \
    --artifacts-path "$root/artifacts/packages" --nologo -v quiet -o "$out"
  say "ready: dotnet add package Trainer.Robustness --source $out"
  exit
fi

say "publishing to $out"
# Built beside the outputs of other builds: this one is for another platform.
(
  flock 9
  cd "$root"
  dotnet publish src/Trainer.Cli -c Release -r "$runtime" --self-contained -p:TorchDevice=cpu -p:TorchRuntime="$runtime" \
    -p:SatelliteResourceLanguages=en --artifacts-path "$root/artifacts/$runtime" --nologo -v quiet -o "$out" 9>&-
) 9>"$root/artifacts/publish.lock"
cp -r "$root/recipes" "$root/checkpoints.gitignore" "$root/LICENSE" "$root/README.md" "$out/"
rm -rf "$out"/recipes/*/{bin,obj}
mkdir -p "$out/scripts"
cp "$root"/scripts/{get-data,environment}.sh "$root/scripts/README.md" "$out/scripts/"
say "ready: copy $out to the other machine"
