/**
 * Runs a program inside an image, as process 1 of namespaces of its own: its mounts are seen by nobody else and go with it, and so
 * does every process that is left, however the command ends. Arguments: the root, the folder with the program, then the program
 * and its arguments as the image sees them.
 */
export const CHROOT_SCRIPT = `set -eu
root=$1 beside=$2
shift 2
inside() { chroot "$root" /bin/sh -c "$@"; }
inside 'mkdir -p /proc /sys /dev /run'
mount -t proc proc "$root/proc"
mount --rbind /sys "$root/sys"
mount --rbind /dev "$root/dev"
# Of a machine that runs, as on the instance; what is written there stays off the image.
mount -t tmpfs -o mode=755 tmpfs "$root/run"
mkdir -p "$root/run/landfall-bake/beside" "$root/run/lock"
mount --bind -o ro "$beside" "$root/run/landfall-bake/beside"

# Names are resolved as the builder does it. A link leads into /run on most systems, where nothing is on the image.
mkdir -p "$root/run/landfall-bake/etc"
cp /etc/resolv.conf "$root/run/landfall-bake/etc/resolv.conf" 2>/dev/null || :
resolv=
if inside '[ -L /etc/resolv.conf ]'; then
  inside 'to=$(readlink -m /etc/resolv.conf); case $to in /run/*) mkdir -p "\${to%/*}" && cp /run/landfall-bake/etc/resolv.conf "$to" ;; esac' || :
elif [ -s "$root/run/landfall-bake/etc/resolv.conf" ]; then
  inside '[ -e /etc/resolv.conf ]' || { inside ': > /etc/resolv.conf' && resolv=made; }
  mount --bind "$root/run/landfall-bake/etc/resolv.conf" "$root/etc/resolv.conf"
fi

# What a package installs is not started here (invoke-rc.d(8): 101 is an action that is forbidden).
policy=
if inside '[ -d /var/lib/dpkg ] && [ -d /usr/sbin ]'; then
  printf '#!/bin/sh\\nexit 101\\n' > "$root/run/landfall-bake/policy-rc.d"
  chmod 755 "$root/run/landfall-bake/policy-rc.d"
  inside '[ -e /usr/sbin/policy-rc.d ]' || { inside ': > /usr/sbin/policy-rc.d' && policy=made; }
  mount --bind "$root/run/landfall-bake/policy-rc.d" "$root/usr/sbin/policy-rc.d"
fi

chroot "$root" "$@" &
child=$!
trap 'kill -TERM $child 2>/dev/null || :' TERM INT
code=0
wait $child || code=$?
# A trapped signal ends wait before the program has ended.
if kill -0 $child 2>/dev/null; then code=0; wait $child || code=$?; fi

left() {
  names=
  for process in "$root"/proc/[0-9]*; do
    line=
    [ "\${process##*/}" = 1 ] || read -r line < "$process/cmdline" 2>/dev/null || :
    if [ -n "$line" ]; then
      read -r line < "$process/comm" 2>/dev/null && names="$names $line" || :
    fi
  done
  [ -n "$names" ]
}
if left; then
  echo "end what was left running:$names" >&2
  kill -TERM -1 2>/dev/null || :
  tries=25
  while [ $tries -gt 0 ] && left; do sleep 0.2; tries=$((tries - 1)); done
  kill -KILL -1 2>/dev/null || :
fi

# The agent's own state is of this machine. Its doctor's verdict is given from outside.
if [ $code = 0 ] && inside '[ -x /usr/local/bin/landfall ] && [ -d /var/lib/landfall ]'; then
  inside '/usr/local/bin/landfall doctor --before-image' >&2 || :
fi
if [ -n "$policy" ]; then umount "$root/usr/sbin/policy-rc.d"; inside 'rm -f /usr/sbin/policy-rc.d'; fi
if [ -n "$resolv" ]; then umount "$root/etc/resolv.conf"; inside 'rm -f /etc/resolv.conf'; fi
exit $code
`;
