#!/bin/sh
# Once per instance; an image that brings Chef along needs none of it. The package comes from what this host's package
# manager knows: let that be a mirror in the instance's own region.
set -eu
if command -v chef-client >/dev/null; then
  chef-client --version
  exit 0
fi
if command -v apt-get >/dev/null; then
  export DEBIAN_FRONTEND=noninteractive
  apt-get -q update
  apt-get -qy install chef
else
  yum -y install chef
fi
