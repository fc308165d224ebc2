#!/bin/sh
# Runs a command in a root of its own: what it writes goes to DISK/changes, over ROOT. It sees /tmp and PROGRAMS of the host.
# To be run in a mount namespace of its own (unshare --mount); the host sees nothing of it.
# EMULATOR: of what stands in ROOT where that is for arm64, else nothing.
# usage: root-machine.sh ROOT DISK PROGRAMS EMULATOR COMMAND...
set -eu
root=$1
disk=$2
programs=$3
emulator=$4
shift 4
mkdir -p "$disk/changes" "$disk/.work" "$disk/root"
mount -t overlay overlay -o "lowerdir=$root,upperdir=$disk/changes,workdir=$disk/.work" "$disk/root"
for folder in /dev /proc /tmp "$programs"; do
  mkdir -p "$disk/root$folder"
  mount --bind "$folder" "$disk/root$folder"
done
emulated=$(dirname "$0")/../../.ci/emulated
exec ${emulator:+"$emulated" "$emulator"} chroot "$disk/root" "$@"
