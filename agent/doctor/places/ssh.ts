import { isPresent, namesRegion } from '../base/judges.ts';
import type { Check } from '../base/place.ts';
import { withoutLine } from './start-files.ts';

/** Hosts that users of this disk have met, and go to. */
export const SSH: Check = {
  name: 'ssh',
  clean: 'no known host of another region',
  places: [
    {
      paths: ['/etc/ssh/ssh_known_hosts', '~/.ssh/known_hosts'],
      judge: namesRegion,
      weight: 'names',
      wayOut: (path) => `rm ${path}`,
    },
    {
      paths: ['/etc/ssh/ssh_config', '/etc/ssh/ssh_config.d/*', '~/.ssh/config'],
      judge: namesRegion,
      weight: 'follows',
      wayOut: withoutLine,
    },
    {
      paths: ['/etc/ssh/ssh_host_*_key'],
      only: 'image',
      judge: isPresent('would be the same host key on every instance'),
      weight: 'trace',
      wayOut: (_path, _sign, { at }) => `rm ${at('/etc/ssh')}/ssh_host_*`,
    },
    {
      paths: ['~/.ssh/authorized_keys'],
      only: 'image',
      judge: isPresent('would let the same keys in everywhere'),
      weight: 'trace',
      wayOut: (path) => `rm ${path}`,
    },
  ],
};
