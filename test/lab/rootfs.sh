#!/bin/bash
# Once per machine: the Debian root that real-boot.test.ts boots from (two minutes, 500 MB, needs root). It is never
# written to afterwards: each disk is an overlay over it.
set -euo pipefail
lab=${LANDFALL_LAB:-/var/tmp/landfall-lab}
root=$lab/rootfs
[ -e "$root/etc/cloud/cloud.cfg.d/90_lab.cfg" ] && exit 0
apt-get update -q
apt-get install -yq debootstrap iproute2
mkdir -p "$lab"
packages=systemd,systemd-sysv,dbus,cloud-init,iproute2,ifupdown,isc-dhcp-client,ca-certificates,curl,zstd,procps,netbase,python3
# Ends in an error at python3-cryptography, which wants the security archive; what follows repairs that.
debootstrap --variant=minbase --include="$packages" bookworm "$root" || true
mirror=$(awk '/^deb /{print $2; exit}' "$root/etc/apt/sources.list")
echo "deb ${mirror%/debian*}/debian-security bookworm-security main" >>"$root/etc/apt/sources.list"
chroot "$root" apt-get update -q || true
chroot "$root" apt-get -yq -f install
chroot "$root" apt-get -yq install dnsmasq-base
# There are no devices, consoles or timers to wait for in a namespace.
for unit in apt-daily.timer apt-daily-upgrade.timer e2scrub_all.timer fstrim.timer getty.target ifupdown-pre.service \
  ssh.service systemd-pstore.service systemd-udev-trigger.service systemd-udevd.service; do
  ln -sf /dev/null "$root/etc/systemd/system/$unit"
done
cat >"$root/etc/cloud/cloud.cfg.d/90_lab.cfg" <<'C'
datasource_list: [ Ec2 ]
datasource:
  Ec2:
    strict_id: true
    metadata_urls: ["http://169.254.169.254"]
    max_wait: 10
    timeout: 3
locale: C.UTF-8
C
