import { namesRegion } from '../base/judges.ts';
import type { Check } from '../base/place.ts';
import { withoutLine } from './start-files.ts';

/** What turns a bare name into a host of a region. */
export const NAME_RESOLUTION: Check = {
  name: 'resolver',
  clean: 'no search domain and no host entry of another region',
  places: [
    {
      paths: ['/etc/hosts', '/etc/hostname'],
      judge: namesRegion,
      weight: 'follows',
      wayOut: withoutLine,
    },
    {
      paths: [
        '/etc/systemd/resolved.conf',
        '/etc/systemd/resolved.conf.d/*.conf',
        '/etc/systemd/network/*',
        '/etc/netplan/*',
        '/etc/NetworkManager/conf.d/*',
        '/etc/NetworkManager/system-connections/*',
        '/etc/dhcp/*.conf',
        '/etc/dnsmasq.conf',
        '/etc/dnsmasq.d/*',
      ],
      judge: namesRegion,
      weight: 'follows',
      wayOut: (path, { region }) =>
        `Let DHCP give search domain and servers; take ${region ?? 'it'} out of ${path}`,
    },
    {
      // Written anew from the DHCP lease at each boot, in a container from its host's.
      paths: ['/etc/resolv.conf', '/etc/resolvconf/resolv.conf.d/*'],
      judge: namesRegion,
      weight: 'names',
      wayOut: (path) => `sed -i.bak '/^\\(search\\|domain\\)/d' ${path}; DHCP writes what is right here`,
    },
    {
      paths: ['/var/lib/dhcp/*', '/var/lib/dhclient/*', '/var/lib/NetworkManager/*.lease'],
      judge: namesRegion,
      weight: 'names',
      wayOut: (path) => `rm ${path}`,
    },
  ],
};
