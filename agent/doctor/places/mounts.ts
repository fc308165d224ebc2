import { namesRegion } from '../base/judges.ts';
import type { Check } from '../base/place.ts';

/** File systems over the network: EFS and FSx, by host name. */
export const MOUNTS: Check = {
  name: 'mounts',
  clean: 'no file system of another region',
  places: [
    {
      paths: ['/etc/fstab', '/etc/auto.*', '/etc/autofs/*', '/etc/exports'],
      judge: namesRegion,
      weight: 'follows',
      wayOut: (path, { line }) =>
        `Mount by tag or by file system id of this region: sudoedit ${line === undefined ? '' : `+${line} `}${path}`,
    },
  ],
};
