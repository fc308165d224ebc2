#!/bin/sh
# Landfall user data for an image that holds the agent and its unit: what they are told, and a start.
set -eu
mkdir -p /etc/landfall
#@configure
set -a
# shellcheck disable=SC1091
. /etc/landfall/agent.env
set +a
systemctl stop landfall.service
systemctl enable landfall.service
if /usr/local/bin/landfall bootstrap; then exec systemctl start landfall.service; else code=$?; fi
said="*** LANDFALL BOOT FAILED: exit code $code, see journalctl -u landfall ***"
echo "$said" | tee /dev/console >&2
logger -t landfall-boot -p daemon.err -- "$said" || :
systemctl start --no-block landfall.service
exit "$code"
