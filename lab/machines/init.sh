#!/bin/bash
# Process 1 of a lab. It holds the lab's namespaces, starts the machines, and takes everything with it when it goes.
# Standard input is its owner's hand: `start` starts the machines, `connect` plugs them into the network, `stay` lets go of
# the hand. End of input without `stay`: the owner is done, or dead.
dir=$1
machines=$dir/machines

leave() {
  trap '' TERM EXIT
  exec > /dev/null 2>&1 # nobody may be listening any more
  kill -KILL -1 # everything in this PID namespace but this process
  wait
  cd /
  umount --lazy "$machines"
  rm -rf "$dir"
  exit
}
trap leave TERM EXIT

fail() {
  echo "failed $1"
  exit 1
}

# Whatever is here was left by a lab that is dead: the lock on this folder is ours.
find "$dir" -mindepth 1 -delete

mkdir "$machines" &&
  mount -t tmpfs -o mode=0755 lab "$machines" &&
  # The backup server's own disk is as large as its backup volume, so that nothing else changes when the volume is not mounted.
  mkdir "$machines/backup01" &&
  mount -t tmpfs -o mode=0755,size=768m disk "$machines/backup01" &&
  mkdir "$machines/backup01/volume" &&
  mount -t tmpfs -o mode=0775,size=768m,nr_inodes=4096 backups "$machines/backup01/volume" || fail 'to mount a tmpfs'

# Without IPv6 five hundred machines need not discover each other as neighbours.
{ echo 1 > /proc/sys/net/ipv6/conf/all/disable_ipv6; } 2> /dev/null
ip -batch - << 'NETWORK' || fail 'to make a network bridge'
link set lo up
link add br0 type bridge
addr add 198.18.0.1/15 dev br0
link set br0 up
NETWORK

start() (
  cd "$1" || exit
  unshare --net bash -c '
    { echo 1 > /proc/sys/net/ipv6/conf/all/disable_ipv6; } 2> /dev/null
    echo 0 > /proc/sys/net/ipv4/ip_unprivileged_port_start && ip -batch network && exec bwrap --args 3 --info-fd 4 /etc/rc.local 3< sandbox 4> info
  ' 5>&1 < /dev/null > log 2>&1 || echo "failed machine ${1##*/}"
)

echo ready
while read -r command; do
  case $command in
    start) for machine in "$machines"/*; do start "$machine" & done ;;
    connect) ip -batch "$dir/bridge" && echo connected ;;
    stay) sleep infinity & wait $! ;;
  esac
done
