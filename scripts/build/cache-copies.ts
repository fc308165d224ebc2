import { readFileSync, writeFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { Script } from 'node:vm';
import { CACHE, START } from './chunks.ts';

/**
 * Run in a process of its own: writes each cache again, as V8 reads it. Functions are numbered as they come into a process, in a
 * rehearsal when they are called, and here as they lie in the cache: the same each time.
 */
export interface CacheCopies {
  /** Name to path. */
  readonly assets: Readonly<Record<string, string>>;
  /** What the program has set by the time it loads any part but the first: a cache counts under the flags it was made under. */
  readonly flags: readonly string[];
}

const { assets, flags } = JSON.parse(process.argv[2] ?? '') as CacheCopies;
const scripts = Object.entries(assets).map(([name, path]) => {
  const cachedData = readFileSync(path + CACHE);
  const script = new Script(readFileSync(path, 'latin1'), { filename: name, cachedData });
  if (script.cachedDataRejected) throw new Error(`V8 does not take its own cache of ${name}`);
  return { name, path, script };
});
const write = ({ path, script }: (typeof scripts)[number]): void =>
  writeFileSync(path + CACHE, script.createCachedData());
for (const one of scripts) if (one.name === START) write(one);
for (const flag of flags) setFlagsFromString(flag);
for (const one of scripts) if (one.name !== START) write(one);
