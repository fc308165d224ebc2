#!/bin/sh
# dpkg says `configure OLD-VERSION`, rpm how many versions are there now. Nothing is started by a first install: it has no source yet.
set -eu
[ -d /run/systemd/system ] || exit 0
systemctl daemon-reload
case ${1:-} in
  configure) upgraded=${2:-} ;;
  1) upgraded='' ;;
  *) upgraded=yes ;;
esac
if [ -n "$upgraded" ]; then systemctl try-restart landfall.service; fi
