import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const FOLDER = process.env['LANDFALL_ORACLES'] ?? '/var/tmp/landfall-oracles';

/** Where a program of others was unpacked, or why it is not here: what a test that is skipped for it says. */
export type Oracle = { readonly folder: string } | { readonly missing: string };

/** What `.ci/oracles` brings under this name. */
export function oracle(name: string): Oracle {
  const folder = join(FOLDER, name);
  return existsSync(join(folder, '.whole')) ? { folder } : { missing: whyMissing(name) };
}

export function whyMissing(name: string): string {
  const note = join(FOLDER, `${name}.missing`);
  const cause = existsSync(note)
    ? readFileSync(note, 'utf8').trim()
    : '.ci/oracles, which brings it, was not run';
  return `${name} is missing: ${cause}`;
}
