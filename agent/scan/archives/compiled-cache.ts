import { readFileSync, statSync } from 'node:fs';
import { toSystem, type BytePath } from '../bytes/byte-path.ts';
import { LIMITS } from '../bytes/limits.ts';
import type { Sighting } from '../text/text-scanner.ts';

const CACHE = /^(.*)\/__pycache__\/([^/]+?)\.[a-z]+-?\d+(?:\.opt-\d)?\.pyc$/s;

/** What a file was compiled from, for what Python keeps in `__pycache__`; undefined for anything else. */
export function sourceOf(path: BytePath): BytePath | undefined {
  const [, folder, name] = CACHE.exec(path) ?? [];
  return folder === undefined ? undefined : (`${folder}/${name}.py` as BytePath);
}

/** Whether the source says all that was seen in what was compiled from it. */
export function saysAll(source: BytePath, sightings: readonly Sighting[]): boolean {
  try {
    const path = toSystem(source);
    if (statSync(path).size > LIMITS.rewriteBytes) return false;
    // It holds the path of its source, too; and a letter of the format itself may stand behind a name, and make a zone of it.
    const text = Buffer.concat([readFileSync(path), Buffer.from(source, 'latin1')]);
    return sightings.every(({ name }) => text.includes(name) || text.includes(name.slice(0, -1)));
  } catch {
    return false;
  }
}
