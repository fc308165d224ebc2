import { basename, join } from 'node:path';
import { readFileSync } from 'node:fs';
import { transformSync, type Metafile } from 'esbuild';

/** A program in the form that an executable takes: a script that loads, and the code it loads. */
export interface ChunkedProgram {
  readonly script: string;
  /** Name of the asset to its code: an expression. `START` is loaded at once, the others when they are wanted. */
  readonly assets: ReadonlyMap<string, string>;
}

/** All that the entry imports at once, by name. */
export const START = 'start';
/** Behind the name of an asset: what V8 made of it already. */
export const CACHE = '.cache';

/**
 * Turns the ES modules of a split bundle into CommonJS for a single executable, whose script can require nothing but Node's
 * own modules: what the entry imports at once is one asset, what it imports at times others. Each 100 KB of source that is
 * not there costs the daemon half a megabyte less (docs/decisions/0003-single-binary.md).
 */
export function assembleChunks(folder: string, { outputs }: Metafile, entry: string): ChunkedProgram {
  const files = new Map(Object.entries(outputs).map(([path, output]) => [basename(path), output]));
  const atStart = closureOf(entry, files);
  const code = (name: string): string => asCommonJs(readFileSync(join(folder, name), 'utf8'));
  const asFunction = (name: string): string => `(function(exports,require,module){${code(name)}\n})`;
  const modules = [...atStart].map((name) => `${JSON.stringify('./' + name)}:${asFunction(name)}`);
  const later = [...files].filter(([name]) => !atStart.has(name));
  const libraries = later.filter(([name]) => isLibrary(name, new Map(later))).map(([name]) => `./${name}`);
  const script = `"use strict";${LOADER}
load.libraries=new Set(${JSON.stringify(libraries)});
load.chunks=compile(${JSON.stringify(START)});
load(${JSON.stringify('./' + entry)});
`;
  const start = [START, `({\n${modules.join(',\n')}})`] as const;
  return {
    script,
    assets: new Map([start, ...later.map(([name]) => [`./${name}`, asFunction(name)] as const)]),
  };
}

/**
 * Chunks come out of assets, each once; everything else is a module of Node. A library that nobody holds any more is let go, and
 * loaded again when it is wanted: a daemon compiles schemas and templates when it applies, and then rests.
 * V8 compares a cache with itself, its flags and the length of the code, and compiles where it does not fit.
 */
const LOADER = `
const { getRawAsset } = require('node:sea');
const { Script } = require('node:vm');
const loaded = new Map();
function load(name) {
  if (!name.startsWith('./')) return require(name);
  const known = loaded.get(name);
  const held = known?.exports ?? known?.deref();
  if (held) return held;
  const module = { exports: {} };
  loaded.set(name, module);
  const chunk = load.chunks[name] ?? compile(name);
  chunk(module.exports, load, module);
  if (load.libraries.has(name)) loaded.set(name, new WeakRef(module.exports));
  return module.exports;
}
function compile(name) {
  const code = Buffer.from(getRawAsset(name)).latin1Slice();
  return new Script(code, { filename: name, cachedData: cacheOf(name) }).runInThisContext();
}
function cacheOf(name) {
  try {
    return Buffer.from(getRawAsset(name + '${CACHE}'));
  } catch {
    return undefined;
  }
}`;

/** Third-party code, or what leads there: nothing of ours, in which what is known to a module may be meant to last. */
function isLibrary(name: string, later: ReadonlyMap<string, Metafile['outputs'][string]>): boolean {
  const { inputs, imports } = later.get(name) ?? { inputs: {}, imports: [] };
  const needed = imports.filter(({ kind }) => kind !== 'dynamic-import').map(({ path }) => basename(path));
  return (
    Object.keys(inputs).every((path) => path.includes('node_modules/')) &&
    needed.every((other) => isLibrary(other, later))
  );
}

/** What is loaded before the entry runs. */
function closureOf(
  entry: string,
  files: ReadonlyMap<string, Metafile['outputs'][string]>,
): ReadonlySet<string> {
  const reached = new Set([entry]);
  for (const name of reached) {
    for (const { path, kind } of files.get(name)?.imports ?? []) {
      if (kind !== 'dynamic-import' && files.has(basename(path))) reached.add(basename(path));
    }
  }
  return reached;
}

function asCommonJs(code: string): string {
  return transformSync(code, {
    format: 'cjs',
    platform: 'node',
    target: 'node24',
    // `import()` becomes `require()`, which is the loader above.
    supported: { 'dynamic-import': false },
    minify: true,
    lineLimit: 160,
    charset: 'ascii',
  }).code;
}
