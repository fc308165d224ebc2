import { isPresent, namesRegion } from '../base/judges.ts';
import type { Check } from '../base/place.ts';
import type { Judge } from '../base/sign.ts';

/** machine-id(5): an image has it empty or `uninitialized`, so that each instance makes its own. */
const isBaked: Judge = ({ bytes }) =>
  /^[0-9a-f]{32}\s*$/.test(bytes()?.toString('latin1') ?? '')
    ? [{ says: 'would be the same machine id on every instance' }]
    : [];

/** What an image should not carry, though it leads nobody anywhere. */
export const TRACES: Check = {
  name: 'traces',
  clean: 'no history, log or identity of the machine it was made on',
  places: [
    {
      paths: ['/etc/machine-id', '/var/lib/dbus/machine-id'],
      only: 'image',
      judge: isBaked,
      weight: 'trace',
      wayOut: (_path, _sign, { at }) => `truncate -s 0 ${at('/etc/machine-id')}`,
    },
    {
      paths: ['/var/lib/systemd/random-seed', '/var/lib/systemd/credential.secret'],
      only: 'image',
      judge: isPresent('would be the same secret on every instance'),
      weight: 'trace',
      wayOut: (path) => `rm ${path}`,
    },
    {
      paths: ['/var/log/journal/*'],
      only: 'image',
      judge: isPresent('is the journal of one machine'),
      weight: 'trace',
      wayOut: (path) => `rm -r ${path}`,
    },
    {
      paths: [
        '~/.bash_history',
        '~/.zsh_history',
        '~/.python_history',
        '~/.mysql_history',
        '~/.psql_history',
      ],
      only: 'image',
      judge: isPresent('is what somebody typed'),
      weight: 'trace',
      wayOut: (path) => `rm ${path}`,
    },
    {
      paths: [
        '/var/log/cloud-init*.log',
        '/var/log/amazon/**/*.log',
        '/var/log/aws/**/*.log',
        '/var/log/*.log',
      ],
      only: 'image',
      judge: namesRegion,
      weight: 'trace',
      wayOut: (path) => `truncate -s 0 ${path}`,
    },
  ],
};
