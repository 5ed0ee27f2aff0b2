#!/usr/bin/env bash
# scripts/get-data.sh NAME [DIR]: gets a data set into DIR (default: data/NAME in the repository), where recipes find it.
#
#   NAME   mnist, fashion-mnist, cifar-10 or cifar-100
#
# Every file is checked against its published checksum. A broken download resumes when the same command is
# run again. A file of yours that is already there is checked and left as it is.
# Fashion-MNIST without DIR: on Debian as root, the package dataset-fashion-mnist is installed instead.
# Environment: TRAINER_DATA_MIRROR=URL is asked first, as URL/FILE.
set -euo pipefail
# shellcheck source=scripts/environment.sh
source "$(dirname "${BASH_SOURCE[0]}")/environment.sh"

case "${1:-}" in
  '') usage >&2 && exit 2 ;;
  -h | --help) usage && exit 0 ;;
esac
readonly name="$1" folder="${2:-$root/data/$1}"
if [[ $# -gt 2 ]]; then fail "expected NAME and DIR, found $# arguments"; fi

readonly mnist_mirrors='https://ossci-datasets.s3.amazonaws.com/mnist https://storage.googleapis.com/cvdf-datasets/mnist'
readonly fashion_mirrors='http://fashion-mnist.s3-website.eu-central-1.amazonaws.com https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion'
readonly cifar_mirrors='https://www.cs.toronto.edu/~kriz'

matches() { # FILE SUM, where SUM is sha256:… or md5:…
  local sum
  sum="$("${2%%:*}sum" "$1")"
  [[ "${sum%% *}" == "${2#*:}" ]]
}

# Resumes a partial download where there is one.
download() { # URL PART
  local -a quiet=()
  if command -v curl >/dev/null; then
    if [[ -t 2 ]]; then quiet=(--progress-bar); else quiet=(--silent --show-error); fi
    curl "${quiet[@]}" --fail --location --retry 3 --connect-timeout 20 --continue-at - --output "$2" "$1"
  elif command -v wget >/dev/null; then
    if [[ ! -t 2 ]]; then quiet=(--no-verbose); fi
    wget "${quiet[@]}" --continue --tries 3 --timeout 20 --output-document "$2" "$1"
  else
    fail 'neither curl nor wget is here: install one of them, or copy the files by hand'
  fi
}

# True where the part is complete and right afterwards. A server that cannot continue it (curl 22, 33 and 36, wget 8)
# or that gives other bytes than the one that began it is asked once more from the start; a broken line keeps it.
get_part() { # URL PART SUM
  local status=0
  download "$1" "$2" || status=$?
  if [[ -f "$2" ]] && matches "$2" "$3"; then return 0; fi
  case "$status" in
    0 | 8 | 22 | 33 | 36) ;;
    *) return 1 ;;
  esac
  if [[ ! -s "$2" ]]; then return 1; fi
  rm -f "$2.new"
  if download "$1" "$2.new" && matches "$2.new" "$3"; then
    mv "$2.new" "$2"
    return 0
  fi
  rm -f "$2.new"
  say "the bytes from $1 do not have the checksum $3"
  return 1
}

fetch() { # FILE SUM MIRROR…
  local file="$folder/$1" sum="$2" mirror
  if [[ -f "$file" ]]; then
    matches "$file" "$sum" || fail "$file is there, but its checksum is not $sum: move it away and run this again"
    say "$file is there already, checksum right"
    return
  fi
  for mirror in ${TRAINER_DATA_MIRROR:+"${TRAINER_DATA_MIRROR%/}"} "${@:3}"; do
    say "downloading $mirror/$1"
    if get_part "$mirror/$1" "$file.part" "$sum"; then
      mv "$file.part" "$file"
      return
    fi
  done
  fail "could not get $1 (see above). Without a network, copy it to $file by hand; its checksum is $sum"
}

fetch_idx() { # MIRRORS, then four checksums in the order of the files
  local mirrors
  read -r -a mirrors <<<"$1"
  fetch train-images-idx3-ubyte.gz "$2" "${mirrors[@]}"
  fetch train-labels-idx1-ubyte.gz "$3" "${mirrors[@]}"
  fetch t10k-images-idx3-ubyte.gz "$4" "${mirrors[@]}"
  fetch t10k-labels-idx1-ubyte.gz "$5" "${mirrors[@]}"
}

fetch_archive() { # FILE SUM, then the files to expect as NAME:BYTES
  local archive="$1" sum="$2" expected complete=true
  shift 2
  for expected in "$@"; do
    [[ "$(stat -c %s "$folder/${expected%:*}" 2>/dev/null)" == "${expected#*:}" ]] || complete=false
  done
  if $complete; then
    say "$folder is complete already"
    return
  fi
  local own=false
  if [[ -f "$folder/$archive" ]]; then own=true; fi
  fetch "$archive" "$sum" "$cifar_mirrors"
  # Beside their place: a file that is there is whole.
  mkdir "$folder/.extracting"
  tar -xzf "$folder/$archive" -C "$folder/.extracting" --strip-components=1
  local file
  for file in "$folder/.extracting"/*; do
    [[ -e "$folder/${file##*/}" ]] || mv "$file" "$folder"
  done
  rm -rf "$folder/.extracting"
  for expected in "$@"; do
    [[ "$(stat -c %s "$folder/${expected%:*}" 2>/dev/null)" == "${expected#*:}" ]] ||
      fail "$folder/${expected%:*} should have ${expected#*:} bytes: move it away and run this again"
  done
  $own || rm "$folder/$archive"
}

# Starts at the same time get one after the other.
prepare_folder() {
  mkdir -p "$folder" || fail "cannot make the folder $folder"
  exec 8>"$folder/.lock" || fail "cannot write in the folder $folder"
  if ! flock --nonblock 8; then
    say "waiting for another start that gets the same data"
    flock 8
  fi
  rm -rf "$folder/.extracting"
}

case "$name" in
  mnist)
    prepare_folder
    fetch_idx "$mnist_mirrors" \
      sha256:440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609 \
      sha256:3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c \
      sha256:8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6 \
      sha256:f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6
    ;;
  fashion-mnist)
    readonly packaged=/usr/share/datasets/fashion-mnist
    if [[ $# -eq 1 ]]; then
      if [[ ! -d "$packaged" ]] && can_install && ! install_packages dataset-fashion-mnist; then
        say 'that failed: downloading instead'
      fi
      if [[ -d "$packaged" ]]; then
        say "Fashion-MNIST is in $packaged, where recipes find it"
        exit 0
      fi
    fi
    prepare_folder
    fetch_idx "$fashion_mirrors" \
      sha256:3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84 \
      sha256:a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845 \
      sha256:346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073 \
      sha256:67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5
    ;;
  cifar-10)
    prepare_folder
    fetch_archive cifar-10-binary.tar.gz md5:c32a1d4ab5d03f1284b67883e8d87530 \
      data_batch_{1,2,3,4,5}.bin:30730000 test_batch.bin:30730000
    ;;
  cifar-100)
    prepare_folder
    fetch_archive cifar-100-binary.tar.gz md5:03b5dce01913d631647c71ecec9e9cb8 \
      train.bin:153700000 test.bin:30740000
    ;;
  *) fail "unknown data set '$name'; known: mnist, fashion-mnist, cifar-10, cifar-100" ;;
esac
say "ready: $folder"
