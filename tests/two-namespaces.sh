#!/usr/bin/env bash
# tests/two-namespaces.sh RATE COMMAND…: runs a command as two processes of Open MPI on one machine, each in a network
# namespace of its own, joined by a link that is shaped to RATE in both directions, such as 1gbit; none leaves it unshaped.
#
#   tests/two-namespaces.sh 1gbit scripts/trainer.sh doctor
#   tests/two-namespaces.sh 10gbit scripts/train.sh recipes/quickstart.json --threads 1
#
# It stands for two machines: the processes share nothing but the file system and the link. Needs root, iproute2, Open MPI,
# and a kernel with veth and tbf.
set -euo pipefail

# Open MPI starts its daemon on the other "machine" by this: HOST COMMAND…
if [[ "${1:-}" == --agent ]]; then
  shift 2
  exec ip netns exec trainer-b unshare --uts sh -c "hostname trainer-b; $*"
fi

if [[ $# -lt 2 ]]; then
  sed -n '2,/^[^#]/{s/^# \{0,1\}//p}' "$0"
  if [[ "${1:-}" == -h || "${1:-}" == --help ]]; then exit 0; fi
  exit 2
fi
rate="$1"
shift

clean() {
  ip netns delete trainer-a
  ip netns delete trainer-b
}
ip netns add trainer-a
ip netns add trainer-b
trap clean EXIT
ip link add link-a netns trainer-a type veth peer name link-b netns trainer-b
for end in a b; do
  ip -n "trainer-$end" link set lo up
  ip -n "trainer-$end" link set "link-$end" up
done
ip -n trainer-a address add 10.77.0.1/24 dev link-a
ip -n trainer-b address add 10.77.0.2/24 dev link-b
if [[ "$rate" != none ]]; then
  for end in a b; do
    ip netns exec "trainer-$end" tc qdisc add dev "link-$end" root tbf rate "$rate" burst 256kb limit 16mb
  done
fi

ip netns exec trainer-a mpirun.openmpi --allow-run-as-root --bind-to none -np 2 -H 10.77.0.1:1,10.77.0.2:1 \
  --mca plm_rsh_agent "$(readlink -f "$0") --agent" --mca btl tcp,self --mca btl_tcp_if_include 10.77.0.0/24 \
  --mca oob_tcp_if_include 10.77.0.0/24 "$@"
