import { isThere, namesRegion } from '../base/judges.ts';
import type { Check } from '../base/place.ts';

/** Files that tell AWS programs a region or an identity. Landfall reads none of them (law 1). */
export const AWS_FILES: Check = {
  name: 'shared files',
  clean: 'no ~/.aws of any user',
  places: [
    {
      paths: ['~/.aws/config', '~/.aws/credentials', '/etc/boto.cfg', '~/.boto', '~/.s3cfg'],
      judge: isThere(
        'exists; Landfall ignores it, other programs may follow it to another region or account',
      ),
      weight: 'follows',
      wayOut: (path) => `Give instances a role instead, and: rm ${path}`,
    },
    {
      paths: ['~/.aws/**/*'],
      judge: namesRegion,
      weight: 'names',
      wayOut: (path) => `rm ${path}`,
    },
  ],
};
