import { basename } from 'node:path';
import type { Plugin } from 'esbuild';

/**
 * SDK clients that most instances never use are bundles of their own, carried as assets of the executable: in one bundle
 * they would double its size and cost every start 20 ms and every daemon 6 MiB, used or not. The source says which, by a
 * dynamic import of a `*-client.ts`; under plain Node the same line is an ordinary import.
 */
const ASSET = /-client\.ts$/;
const SCHEME = 'landfall-asset:';

export interface AssetEntry {
  readonly name: string;
  /** Absolute path of the module that becomes the asset. */
  readonly entry: string;
}

/** Leaves dynamic imports of clients out of the bundle and notes them in `found`. */
export function assetPlugin(found: Map<string, AssetEntry>): Plugin {
  return {
    name: 'sea-assets',
    setup: (build) => {
      build.onResolve({ filter: ASSET }, async ({ path, kind, resolveDir, importer }) => {
        if (kind !== 'dynamic-import') return undefined;
        const resolved = await build.resolve(path, { kind: 'import-statement', resolveDir, importer });
        const name = basename(resolved.path, '.ts');
        found.set(name, { name, entry: resolved.path });
        return { path: SCHEME + name, external: true };
      });
    },
  };
}

/**
 * Goes in front of the bundle. The `require` of a single executable knows only Node's own modules (Node.js docs, "require()
 * in the injected main script"); this one also knows the assets.
 */
export const ASSET_LOADER = `require = ((builtin, loaded) => function require(id) {
  if (!id.startsWith(${JSON.stringify(SCHEME)})) return builtin(id);
  const name = id.slice(${SCHEME.length});
  if (!loaded.has(name)) {
    const source = builtin("node:sea").getAsset(name, "utf8");
    const module = { exports: {} };
    const wrapper = "(function (exports, require, module) {" + source + "\\n})";
    new (builtin("node:vm").Script)(wrapper, { filename: name }).runInThisContext()(module.exports, require, module);
    loaded.set(name, module.exports);
  }
  return loaded.get(name);
})(require, new Map());`;
