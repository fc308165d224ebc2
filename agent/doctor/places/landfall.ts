import { setsVariables } from '../base/judges.ts';
import type { Check } from '../base/place.ts';
import { withoutLine } from './start-files.ts';

/** What Landfall itself is told on this disk. */
export const OWN_SETTINGS: Check = {
  name: 'own settings',
  clean: 'the settings on this disk name no region',
  places: [
    {
      paths: ['/etc/landfall/**/*'],
      judge: setsVariables,
      weight: 'follows',
      wayOut: (path, sign) =>
        sign.variable === undefined
          ? `Put {region} in place of ${sign.region ?? 'the region'}: sudoedit ${sign.line === undefined ? '' : `+${sign.line} `}${path}`
          : withoutLine(path, sign),
    },
  ],
};
