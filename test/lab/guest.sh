#!/bin/bash
# What the firmware and the kernel of an instance do, inside fresh namespaces: ROOTFS with DISK over it becomes /, and systemd
# process 1. CONSOLE is where the console goes. Nothing of the host is changed.
set -euo pipefail
mount --make-rprivate /
mkdir -p "$DISK/upper" "$DISK/work" "$DISK/root"
mount -t overlay overlay -o "lowerdir=$ROOTFS,upperdir=$DISK/upper,workdir=$DISK/work" "$DISK/root"
cd "$DISK/root"
mount -t proc proc proc
mount --bind proc/sys proc/sys
mount -o remount,bind,ro proc/sys

# A /sys of this network namespace, read-only, with the UUID by which cloud-init knows EC2 where there is no DMI.
mount -t sysfs -o ro sysfs mnt
mount -t tmpfs tmpfs sys
for folder in block bus class dev devices firmware kernel module power; do
  mkdir "sys/$folder"
  mount --bind "mnt/$folder" "sys/$folder"
done
umount -l mnt
mkdir -p sys/fs/cgroup sys/hypervisor
echo ec2e1916-9099-7caf-fd21-012345abcdef >sys/hypervisor/uuid
mount -t cgroup2 cgroup2 sys/fs/cgroup

mount -t tmpfs -o mode=755 tmpfs dev
for device in null zero full random urandom tty; do
  touch "dev/$device"
  mount --bind "/dev/$device" "dev/$device"
done
mkdir dev/pts dev/shm
mount -t devpts -o newinstance,ptmxmode=0666,mode=620 devpts dev/pts
ln -s pts/ptmx dev/ptmx
ln -s /proc/self/fd dev/fd
mount -t tmpfs tmpfs dev/shm
touch dev/console
mount --bind "$CONSOLE" dev/console
mount -t tmpfs -o mode=755 tmpfs run
mount -t tmpfs tmpfs tmp

rm -f usr/sbin/policy-rc.d etc/resolv.conf
# Empty means a first boot; a disk that has booted keeps its own, copied or not.
[ -s "$DISK/upper/etc/machine-id" ] || { rm -f etc/machine-id; touch etc/machine-id; }
hostname guest
mkdir -p .old
pivot_root . .old
umount -l /.old
# As systemd does itself where it believes to be no container: what it mounts then shows in the units' namespaces, too.
mount --make-rshared /
exec env -i container=lab PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 \
  /lib/systemd/systemd --log-target=console --show-status=1
