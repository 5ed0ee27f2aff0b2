# shellcheck shell=bash
# Sourced by the other scripts: where the repository is, how its tools are run, and the build when something changed.

# A standard stream that is closed is opened again: the next file that is opened would get its number, and be written to.
[[ -e /dev/fd/0 ]] || exec </dev/null
[[ -e /dev/fd/1 ]] || exec >/dev/null
[[ -e /dev/fd/2 ]] || exec 2>/dev/null

# With it, cd prints where it went.
unset CDPATH

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"

# The build's device, by the rule of src/Trainer.Robustness/build/Libtorch.targets: CUDA where there is an NVIDIA driver.
# TRAINER_TORCH_DEVICE=cpu|cuda decides instead.
torch_device="${TRAINER_TORCH_DEVICE:-}"
if [[ -z "$torch_device" ]]; then
  torch_device=cpu
  if [[ -e /proc/driver/nvidia/version || -e /usr/lib/wsl/lib/libcuda.so.1 ]]; then torch_device=cuda; fi
fi
output=bin
if [[ "$torch_device" == cuda ]]; then output=bin/cuda; fi
trainer="$root/src/Trainer.Cli/$output/Release/net10.0/trainer"

# No tool reports its use.
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 TESTINGPLATFORM_TELEMETRY_OPTOUT=1
export DOTNET_CLI_WORKLOAD_UPDATE_NOTIFY_DISABLE=1 DOTNET_GENERATE_ASPNET_CERTIFICATE=false

# Nothing that a script starts outlives it.
export MSBUILDDISABLENODEREUSE=1 DOTNET_CLI_USE_MSBUILD_SERVER=0

# For the tests and benchmarks, as the command sets it for itself (NativeEnvironment): threads that wait sleep after some 20 µs.
if [[ -z "${OMP_WAIT_POLICY:-}" ]]; then
  export OMP_WAIT_POLICY=passive GOMP_SPINCOUNT="${GOMP_SPINCOUNT:-1000}"
fi

# Where dotnet-install.sh puts the SDK when nobody says otherwise.
if ! command -v dotnet >/dev/null && [[ -x "${HOME:-}/.dotnet/dotnet" ]]; then
  PATH="$HOME/.dotnet:$PATH"
fi
# The built command looks for the runtime there; without it, in the system's folders only. Some programs named dotnet start
# one that is elsewhere.
if [[ -z "${DOTNET_ROOT:-}" ]] && command -v dotnet >/dev/null; then
  DOTNET_ROOT="$(dirname "$(readlink -f "$(command -v dotnet)")")"
  if [[ ! -d "$DOTNET_ROOT/host/fxr" ]]; then
    DOTNET_ROOT="$(dotnet --list-sdks | sed -n '1s/.*\[\(.*\)[/]sdk\]$/\1/p')"
  fi
  if [[ -d "$DOTNET_ROOT/host/fxr" ]]; then export DOTNET_ROOT; else unset DOTNET_ROOT; fi
fi

say() { printf '%s\n' "${0##*/}: $*" >&2; }

fail() {
  printf '%s\n' "${0##*/}: error: $*" >&2
  exit 1
}

# Prints the comment at the head of the calling script, without its marks.
usage() { sed -n '2,/^[^#]/{s/^# \{0,1\}//p}' "$0"; }

setup_log="$root/artifacts/setup.log"

can_install() { [[ $EUID -eq 0 ]] && command -v apt-get >/dev/null; }

# Renews the package lists, once.
updated=false
update_packages() {
  if $updated || ! can_install; then return 1; fi
  updated=true
  mkdir -p "$root/artifacts"
  apt-get update >>"$setup_log" 2>&1
}

install_packages() {
  mkdir -p "$root/artifacts"
  say "installing $* (apt-get; its output goes to $setup_log)"
  local -a command=(env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@")
  if "${command[@]}" >>"$setup_log" 2>&1; then return 0; fi
  update_packages && "${command[@]}" >>"$setup_log" 2>&1
}

# Every file that a build reads, with its time and size.
build_inputs() {
  find "$root/src" "$root"/Directory.*.* "$root/global.json" "$root/.editorconfig" "$root/BannedSymbols.txt" \
    "$root/checkpoints.gitignore" \( -name bin -o -name obj \) -prune -o -type f -printf '%p %T@ %s\n' | sort
}

build_is_current() {
  [[ -x "$trainer" && -f "$root/artifacts/build-$torch_device.inputs" ]] &&
    [[ "$(build_inputs)" == "$(<"$root/artifacts/build-$torch_device.inputs")" ]]
}

# Builds the command where a file changed since the last build. Starts at the same time wait for one build.
build() {
  if build_is_current; then return; fi
  mkdir -p "$root/artifacts"
  (
    if ! flock --nonblock 9; then
      say "waiting for the build that another start began"
      flock 9
    fi
    if build_is_current; then exit 0; fi
    say "building for $torch_device (the first time takes a minute or two, and downloads libtorch)"
    inputs="$(build_inputs)"
    log="$root/artifacts/build.log"
    if ! (cd "$root" && dotnet build src/Trainer.Cli -c Release -p:TorchDevice="$torch_device" --nologo -v quiet 9>&-) >"$log" 2>&1; then
      cat "$log" >&2
      fail "the build failed; its output is above and in $log"
    fi
    printf '%s\n' "$inputs" >"$root/artifacts/build-$torch_device.inputs"
  ) 9>"$root/artifacts/build.lock"
}
