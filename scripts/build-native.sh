#!/usr/bin/env bash
# build-native.sh [--torch PREFIX] [--out DIR]: builds libTorchDispatch.so against a libtorch; needs cmake and a C++
# compiler, no .NET.
#
#   --torch PREFIX   folder with include/ and lib/ of libtorch: the folder of a pip-installed torch, an unpacked
#                    libtorch, or /usr; default: TRAINER_TORCH_PREFIX, else the torch that python3 imports, else /usr
#   --out DIR        where the library goes; default: this folder in a published copy, artifacts/native in the repository
set -euo pipefail

here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
prefix="${TRAINER_TORCH_PREFIX:-}" out=''

usage() { sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//;p}' "${BASH_SOURCE[0]}"; }
fail() {
  printf 'build-native.sh: error: %s\n' "$*" >&2
  exit 1
}

while (($#)); do
  case "$1" in
    --torch) prefix="${2:?--torch needs a folder}" && shift 2 ;;
    --out) out="${2:?--out needs a folder}" && shift 2 ;;
    -h | --help) usage && exit 0 ;;
    *) usage >&2 && fail "unknown argument '$1'" ;;
  esac
done

if [[ -f "$here/native/CMakeLists.txt" ]]; then
  sources="$here/native" out="${out:-$here}"
elif [[ -f "$here/../src/TorchSharp.Dispatch/native/CMakeLists.txt" ]]; then
  sources="$(cd "$here/../src/TorchSharp.Dispatch/native" && pwd)" out="${out:-$here/../artifacts/native}"
else
  fail "no native/CMakeLists.txt beside $here: the copy is incomplete"
fi

if [[ -z "$prefix" ]] && command -v python3 >/dev/null; then
  prefix="$(python3 -c 'import importlib.util as u; s = u.find_spec("torch"); print(s.submodule_search_locations[0] if s else "")' 2>/dev/null || true)"
  if [[ ! -f "$prefix/include/ATen/ATen.h" || ! -e "$prefix/lib/libtorch_cpu.so" ]]; then prefix=''; fi
fi
prefix="${prefix:-/usr}"
[[ -f "$prefix/include/ATen/ATen.h" ]] ||
  fail "no libtorch headers in $prefix/include: name a libtorch with --torch (pip install torch, or apt-get install libtorch-dev)"
prefix="$(cd "$prefix" && pwd)"
command -v cmake >/dev/null || fail "cmake is missing: install it (apt-get install cmake, or pip install cmake)"
command -v c++ >/dev/null || command -v g++ >/dev/null || command -v clang++ >/dev/null ||
  fail "a C++ compiler is missing: install one (apt-get install g++)"

build="$(mktemp -d)"
trap 'rm -rf "$build"' EXIT
cmake -S "$sources" -B "$build" -DCMAKE_BUILD_TYPE=Release "-DTORCH_PREFIX=$prefix"
cmake --build "$build" --parallel
mkdir -p "$out"
cp "$build/libTorchDispatch.so" "$out/"
printf 'built %s for the libtorch in %s\n' "$(cd "$out" && pwd)/libTorchDispatch.so" "$prefix"
