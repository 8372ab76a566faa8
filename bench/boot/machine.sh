#!/bin/bash
# First process of a machine that is only namespaces: nothing runs in it, /run is empty as after a start, the engine has a data folder of its
# own ($1) and no configuration of an owner. Ends all of the machine when it is killed; reaps what loses its parent.
set -eu
mount -t tmpfs tmpfs /run
mkdir -p /run/lock "$1"
mount --bind "$1" /var/lib/docker
[[ ! -d /etc/docker ]] || mount -t tmpfs tmpfs /etc/docker
ip link set lo up
echo ready
while :; do
  sleep 3600 &
  wait "$!" || true
done
