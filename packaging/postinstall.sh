#!/bin/sh
# dpkg says `configure OLD-VERSION`, rpm how many versions are there now. Nothing is started by a first install: it has no source yet.
set -eu
# In an image that is made as well. It never goes again: what it has written would belong to whoever gets its number.
if command -v systemd-sysusers >/dev/null; then systemd-sysusers /usr/lib/sysusers.d/landfall.conf || :; fi
[ -d /run/systemd/system ] || exit 0
# A manager that does not answer, as in a chroot with the host's /run, is no reason to leave a package half installed.
systemctl daemon-reload || :
case ${1:-} in
  configure) upgraded=${2:-} ;;
  1) upgraded='' ;;
  *) upgraded=yes ;;
esac
# Not waited for: the unit is up once a configuration is accepted, and where none is, apt and dnf would stand still for good.
if [ -n "$upgraded" ]; then systemctl --no-block try-restart landfall.service || :; fi
