#!/bin/sh
# Runs a command on a machine of its own: what it writes below the folders named here goes to DISK, over what the host has.
# To be run in a mount namespace of its own (unshare --mount); the host sees nothing of it.
# usage: example-machine.sh DISK COMMAND...
set -eu
disk=$1
shift
for folder in etc opt root srv usr var; do
  mkdir -p "$disk/$folder" "$disk/.work/$folder"
  mount -t overlay overlay -o "lowerdir=/$folder,upperdir=$disk/$folder,workdir=$disk/.work/$folder" "/$folder"
done
exec "$@"
