#!/bin/sh
# dpkg says `remove`, rpm 0, when nothing comes in its place.
set -eu
case ${1:-} in remove | 0) ;; *) exit 0 ;; esac
[ -d /run/systemd/system ] || exit 0
systemctl disable --now landfall.service || :
