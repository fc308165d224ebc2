#!/bin/sh
# `purge` is dpkg's alone: what an agent has kept goes, what its plans put on the host stays.
set -eu
if [ -d /run/systemd/system ]; then systemctl daemon-reload || :; fi
if [ "${1:-}" = purge ]; then rm -rf /var/lib/landfall /run/landfall /etc/landfall; fi
