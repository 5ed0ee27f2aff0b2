#!/usr/bin/env bash
# scripts/publish.sh [OUT]: makes one folder (default: artifacts/publish) to copy to a Linux x64 machine without .NET.
#
# It holds the command with its own .NET runtime, the recipes and, with the system provider, the native sources:
# on the other machine ./build-native.sh [--torch PREFIX] builds them against that machine's libtorch, then
# ./trainer train recipes/quickstart.json runs there. OUT must be new, empty, or made by this script.
set -euo pipefail
# shellcheck source=scripts/environment.sh
source "$(dirname "${BASH_SOURCE[0]}")/environment.sh"

case "${1:-}" in
  -h | --help) usage && exit 0 ;;
esac
if [[ $# -gt 1 ]]; then usage >&2 && exit 2; fi

out="${1:-$root/artifacts/publish}"
readonly marker=.trainer-publish
if [[ -e "$out" && ! -f "$out/$marker" && -n "$(ls -A "$out" 2>/dev/null)" ]]; then
  fail "$out is not empty and was not made by this script: name another folder"
fi

"$root/scripts/setup.sh" --quiet
mkdir -p "$out" "$root/artifacts"
touch "$out/$marker"
out="$(cd "$out" && pwd)"

say "publishing to $out"
(
  flock 9
  cd "$root"
  dotnet publish src/Trainer.Cli -c Release -r linux-x64 --self-contained -p:SatelliteResourceLanguages=en \
    --nologo -v quiet -o "$out" 9>&-
) 9>"$root/artifacts/build.lock"
cp -r "$root/recipes" "$root/checkpoints.gitignore" "$root/LICENSE" "$root/README.md" "$out/"
rm -rf "$out"/recipes/*/{bin,obj}
mkdir -p "$out/scripts"
cp "$root"/scripts/{get-data,environment}.sh "$out/scripts/"
if [[ "$(torch_property TorchProvider)" == system ]]; then
  mkdir -p "$out/native"
  cp "$root"/src/TorchSharp.Dispatch/native/{CMakeLists.txt,*.cpp,*.h} "$out/native/"
  cp "$root/scripts/build-native.sh" "$out/"
fi
say "ready: copy $out to the other machine"
