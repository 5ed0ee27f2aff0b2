#!/usr/bin/env bash
# scripts/setup.sh [--quiet] [--tests] [--again]: makes this machine ready to build and run, and says what it does.
#
#   --quiet   says nothing where nothing is missing; a data set alone is then not looked for without --tests
#   --tests   also what scripts/test.sh needs
#   --again   chooses the torch provider anew (after a GPU, a PyTorch or a package feed was added)
#
# Run again, it does only what is still missing. It never calls sudo: started as root on Debian or Ubuntu it installs
# packages; anywhere else it says what is missing and how to get it.
#
# The torch provider goes to torch.props, which git ignores:
#   package   TorchSharp from NuGet (TorchSharp-cuda-linux where nvidia-smi finds a GPU, else TorchSharp-cpu)
#   system    src/TorchSharp.Dispatch over a libtorch of this machine: a PyTorch that pip installed where it has CUDA
#             or ROCm or where there is no other, else the distribution's libtorch-dev
# Environment: TRAINER_TORCH=package|system chooses; TRAINER_TORCH_PREFIX=DIR names the libtorch (DIR/include, DIR/lib).
set -euo pipefail
# shellcheck source=scripts/environment.sh
source "$(dirname "${BASH_SOURCE[0]}")/environment.sh"

readonly props="$root/torch.props" mark='Written by scripts/setup.sh'
quiet=false tests=false again=false
for argument in "$@"; do
  case "$argument" in
    --quiet) quiet=true ;;
    --tests) tests=true ;;
    --again) again=true ;;
    -h | --help) usage && exit 0 ;;
    *) usage >&2 && fail "unknown argument '$argument'" ;;
  esac
done

if [[ -d "${TRAINER_TORCH_PREFIX:-}" ]]; then
  TRAINER_TORCH_PREFIX="$(cd "$TRAINER_TORCH_PREFIX" && pwd)"
fi

# ---- What is there ----------------------------------------------------------------------------------------------

have_sdk() { command -v dotnet >/dev/null && dotnet --list-sdks | grep -q '^10\.'; }

# A folder with libtorch's headers and libraries: an unpacked libtorch, a PyTorch's own folder, or /usr.
is_libtorch() {
  local library
  [[ -f "$1/include/ATen/ATen.h" ]] || return 1
  for library in "$1"/lib/libtorch_cpu.so "$1"/lib/*-linux-gnu/libtorch_cpu.so "$1"/lib64/libtorch_cpu.so; do
    if [[ -e "$library" ]]; then return 0; fi
  done
  return 1
}

has_gpu_libraries() { [[ -e "$1/lib/libtorch_cuda.so" || -e "$1/lib/libtorch_hip.so" ]]; }

# The folder of the PyTorch that python3 would import, where it brings its own libtorch.
pip_torch() {
  local folder
  command -v python3 >/dev/null || return 1
  folder="$(python3 -c 'import importlib.util as u; s = u.find_spec("torch"); print(s.submodule_search_locations[0] if s else "")' \
    2>/dev/null)" || return 1
  [[ -n "$folder" ]] && is_libtorch "$folder" && printf '%s\n' "$folder"
}

apt_offers() {
  if apt-cache show "$1" >/dev/null 2>&1; then return 0; fi
  update_packages && apt-cache show "$1" >/dev/null 2>&1
}

have_compiler() { command -v c++ >/dev/null || command -v g++ >/dev/null || command -v clang++ >/dev/null; }

# libtorch-dev uses whatever libblas.so.3 is; the reference BLAS is several times slower than any other.
have_fast_blas() {
  local library
  for library in /usr/lib/*-linux-gnu/libblas.so.3; do
    if [[ -e "$library" && "$(readlink -f "$library")" != */blas/* ]]; then return 0; fi
  done
  return 1
}

have_fashion_mnist() {
  local folder
  for folder in /usr/share/datasets/fashion-mnist "$root/data/fashion-mnist"; do
    if compgen -G "$folder/t10k-labels-idx1-ubyte*" >/dev/null && ! compgen -G "$folder/*.part" >/dev/null; then return 0; fi
  done
  return 1
}

# Prints, one a line, the packages of a Debian machine that the given provider and prefix still need.
lacking() {
  if [[ "$1" == system ]]; then
    have_compiler || echo g++
    command -v make >/dev/null || echo make
    command -v cmake >/dev/null || echo cmake
    if [[ "$2" == /usr ]]; then
      is_libtorch /usr || echo libtorch-dev
      have_fast_blas || echo libopenblas0-pthread
    fi
  fi
  if $tests; then command -v shellcheck >/dev/null || echo shellcheck; fi
}

# ---- Getting it -------------------------------------------------------------------------------------------------

explain_packages() {
  say "error: this machine lacks: $*"
  if command -v apt-get >/dev/null; then
    say "as root, run: apt-get update && apt-get install --no-install-recommends $*"
  else
    say "install what your distribution calls these: a C++17 compiler, make, cmake (and shellcheck for the tests)"
  fi
  if [[ " $* " == *' libtorch-dev '* ]]; then
    say "instead of libtorch-dev, a PyTorch that python3 can import will do (pip install torch), or an unpacked"
    say "libtorch from pytorch.org named by TRAINER_TORCH_PREFIX"
  fi
  exit 1
}

explain_sdk() {
  say "error: the .NET 10 SDK is missing$(command -v dotnet >/dev/null && printf ' (dotnet is there, but no SDK 10)')"
  say "get it without root, into ~/.dotnet, where these scripts find it:"
  say "  curl -fsSLO https://dot.net/v1/dotnet-install.sh && bash dotnet-install.sh --channel 10.0"
  say "or as a package: https://learn.microsoft.com/dotnet/core/install/linux"
  exit 1
}

# ---- The choice of provider -------------------------------------------------------------------------------------

# Restores one package in a folder of its own, in at most the given number of seconds.
restores() {
  local probe="$root/artifacts/probe"
  mkdir -p "$probe"
  printf '<Project />\n' | tee "$probe/Directory.Build.props" "$probe/Directory.Build.targets" \
    "$probe/Directory.Packages.props" >/dev/null
  cat >"$probe/probe.csproj" <<PROJECT
<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup><TargetFramework>net10.0</TargetFramework></PropertyGroup>
  <ItemGroup><PackageReference Include="$1" Version="[$(torchsharp_version)]" /></ItemGroup>
</Project>
PROJECT
  (cd "$probe" && timeout "$2" dotnet restore --nologo 9>&-) >>"$setup_log" 2>&1
}

torchsharp_version() { sed -n 's|.*Include="TorchSharp-cpu" Version="\([^"]*\)".*|\1|p' "$root/Directory.Packages.props"; }

# Sets provider, device, prefix and why.
choose() {
  provider='' device=cpu prefix='' why=''
  case "${TRAINER_TORCH:-}" in
    package | system) provider="$TRAINER_TORCH" why="TRAINER_TORCH=$TRAINER_TORCH asks for it" ;;
    '') if [[ -n "${TRAINER_TORCH_PREFIX:-}" ]]; then provider=system why='TRAINER_TORCH_PREFIX names a libtorch'; fi ;;
    *) fail "TRAINER_TORCH is '$TRAINER_TORCH'; it may be package or system" ;;
  esac
  if [[ "$provider" != system ]]; then choose_package; fi
  if [[ "$provider" == system ]]; then choose_libtorch; fi
}

choose_package() {
  local package=TorchSharp-cpu size='about 200 MB'
  if command -v nvidia-smi >/dev/null && timeout 20 nvidia-smi -L 2>/dev/null | grep -q GPU; then
    device=cuda package=TorchSharp-cuda-linux size='about 2.5 GB'
  fi
  if [[ "$(uname -s)-$(uname -m)" != Linux-x86_64 ]]; then
    if [[ "$provider" == package ]]; then fail "TorchSharp has no libtorch for $(uname -sm): use TRAINER_TORCH=system"; fi
    provider=system why="TorchSharp has no libtorch for $(uname -sm)"
    return
  fi
  say "asking the package feed for TorchSharp $(torchsharp_version)"
  if restores TorchSharp 90; then
    say "restoring $package ($size where it is not in the package cache yet)"
    if restores "$package" 3600; then
      why="${why:-$package restores on this machine}" provider=package
      return
    fi
  fi
  if [[ "$provider" == package ]]; then
    fail "TRAINER_TORCH=package, but $package $(torchsharp_version) does not restore (see $setup_log);" \
      "add a feed that has it, or use TRAINER_TORCH=system"
  fi
  provider=system why="$package does not restore from this machine's package feeds"
}

choose_libtorch() {
  local pip
  if [[ -n "${TRAINER_TORCH_PREFIX:-}" ]]; then
    prefix="$TRAINER_TORCH_PREFIX"
    is_libtorch "$prefix" || fail "TRAINER_TORCH_PREFIX=$TRAINER_TORCH_PREFIX holds no libtorch: expected" \
      "include/ATen/ATen.h and lib/libtorch_cpu.so below it"
    return
  fi
  if pip="$(pip_torch)"; then
    if has_gpu_libraries "$pip"; then
      prefix="$pip" why+=", and python3's own PyTorch has GPU support"
      return
    fi
    if ! is_libtorch /usr && ! { can_install && apt_offers libtorch-dev; }; then
      prefix="$pip" why+=", and python3's own PyTorch is the only libtorch"
      return
    fi
  fi
  prefix=/usr why+=", and the distribution's libtorch is at hand"
}

write_props() {
  local temporary="$props.$$" prefix_line=''
  if [[ -n "$prefix" ]]; then
    local escaped="${prefix//&/\&amp;}"
    prefix_line=$'\n'"    <TorchPrefix>${escaped//</\&lt;}</TorchPrefix>"
  fi
  cat >"$temporary" <<PROPS
<Project>
  <!-- $mark: ${why//--/- -}.
       TRAINER_TORCH=package scripts/setup.sh, or TRAINER_TORCH=system, makes the other choice. -->
  <PropertyGroup>
    <TorchProvider>$provider</TorchProvider>
    <TorchDevice>$device</TorchDevice>$prefix_line
  </PropertyGroup>
</Project>
PROPS
  mv "$temporary" "$props"
}

# True where torch.props stands, agrees with the environment, and names a libtorch that is still there.
choice_stands() {
  if $again || [[ ! -f "$props" ]]; then return 1; fi
  provider="$(torch_property TorchProvider)" prefix="$(torch_property TorchPrefix)"
  if [[ -n "${TRAINER_TORCH:-}" && "$TRAINER_TORCH" != "$provider" ]]; then return 1; fi
  if [[ "$provider" != system ]]; then return 0; fi
  if [[ -n "${TRAINER_TORCH_PREFIX:-}" && "$TRAINER_TORCH_PREFIX" != "$prefix" ]]; then return 1; fi
  is_libtorch "${prefix:-/usr}"
}

# ---- In order ---------------------------------------------------------------------------------------------------

if ! have_sdk; then explain_sdk; fi
if choice_stands && [[ -z "$(lacking "$provider" "${prefix:-/usr}")" ]] && { { $quiet && ! $tests; } || have_fashion_mnist; }; then
  $quiet || say "nothing is missing: torch provider $provider${prefix:+, libtorch of $prefix}"
  exit 0
fi

mkdir -p "$root/artifacts" || fail "cannot write below $root: run this as its owner"
exec 9>"$root/artifacts/setup.lock"
flock 9

if ! choice_stands; then
  if [[ -f "$props" ]] && ! grep -q "$mark" "$props"; then
    fail "torch.props was written by hand and does not suit this machine or TRAINER_TORCH; edit or remove it"
  fi
  choose
  write_props
  say "torch provider: $provider${prefix:+, libtorch of $prefix}, because $why (torch.props)"
fi

mapfile -t packages < <(lacking "$provider" "${prefix:-/usr}")
if [[ ${#packages[@]} -gt 0 ]]; then
  can_install || explain_packages "${packages[@]}"
  install_packages "${packages[@]}" || { tail -n 5 "$setup_log" >&2 && explain_packages "${packages[@]}"; }
  mapfile -t packages < <(lacking "$provider" "${prefix:-/usr}")
  if [[ ${#packages[@]} -gt 0 ]]; then explain_packages "${packages[@]}"; fi
fi

if ! have_fashion_mnist; then
  if ! can_install || ! install_packages dataset-fashion-mnist; then
    say "Fashion-MNIST is not on this machine; scripts/get-data.sh fashion-mnist downloads it"
  fi
fi
say "ready"
