#!/bin/sh
# Once per instance; on an image that brings nginx along there is nothing to do.
set -eu
if command -v nginx >/dev/null; then
  echo "nginx is there"
  exit 0
fi
export DEBIAN_FRONTEND=noninteractive
apt-get -q update
apt-get -qy install nginx
