#!/usr/bin/env bash
# tests/two-namespaces.sh RATE COMMAND…: runs a command as two processes of Open MPI on one machine, each in a network
# namespace of its own, joined by a link that is shaped to RATE in both directions, such as 1gbit; none leaves it unshaped.
#
#   tests/two-namespaces.sh 1gbit scripts/trainer.sh doctor
#   tests/two-namespaces.sh 10gbit scripts/train.sh recipes/quickstart.json --threads 1
#
# It imitates two machines: the processes share nothing but the file system and the link. Needs root, iproute2, Open MPI,
# and a kernel with veth and tbf.
set -euo pipefail

# Open MPI starts its daemon on the other "machine" by this: NAMESPACE HOST COMMAND…
if [[ "${1:-}" == --agent ]]; then
  namespace="$2"
  shift 3
  exec ip netns exec "$namespace" unshare --uts sh -c "hostname trainer-b; $*"
fi

if [[ $# -lt 2 ]]; then
  sed -n '2,/^[^#]/{s/^# \{0,1\}//p}' "$0"
  if [[ "${1:-}" == -h || "${1:-}" == --help ]]; then exit 0; fi
  exit 2
fi
rate="$1"
shift

a="trainer-$$-a" b="trainer-$$-b"
clean() {
  for namespace in "$a" "$b"; do
    ip netns delete "$namespace" || true
  done
}
trap clean EXIT
ip netns add "$a"
ip netns add "$b"
ip link add name link netns "$a" type veth peer name link netns "$b"
ip -n "$a" address add 10.77.0.1/24 dev link
ip -n "$b" address add 10.77.0.2/24 dev link
for namespace in "$a" "$b"; do
  ip -n "$namespace" link set lo up
  ip -n "$namespace" link set dev link up
  if [[ "$rate" != none ]]; then
    ip netns exec "$namespace" tc qdisc add dev link root tbf rate "$rate" burst 256kb limit 16mb
  fi
done

ip netns exec "$a" mpirun.openmpi --allow-run-as-root --bind-to none -np 2 -H 10.77.0.1:1,10.77.0.2:1 \
  --mca plm_rsh_agent "$(readlink -f "$0") --agent $b" --mca btl tcp,self --mca btl_tcp_if_include 10.77.0.0/24 \
  --mca oob_tcp_if_include 10.77.0.0/24 "$@"
