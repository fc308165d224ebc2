import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const FOLDER = process.env['LANDFALL_ORACLES'] ?? '/var/tmp/landfall-oracles';

/** Where a program of others was unpacked, or why it is not here: what a test that is skipped for it says. */
export type Oracle = { readonly folder: string } | { readonly missing: string };

/** What `.ci/oracles` brings under this name. */
export function oracle(name: string): Oracle {
  const folder = join(FOLDER, name);
  if (existsSync(join(folder, '.whole'))) return { folder };
  const note = `${folder}.missing`;
  const cause = existsSync(note) ? readFileSync(note, 'utf8').trim() : 'run .ci/oracles, which brings it';
  return { missing: `${name} is missing: ${cause}` };
}
