import { writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { build as bundle, type BuildOptions, type Metafile, type Plugin } from 'esbuild';
import { assembleChunks } from './chunks.ts';
import { metaSchemas } from './meta-schemas.ts';
import { buildPage } from './page.ts';
import type { Rehearsal } from './rehearsal.ts';

export const PROGRAMS = [
  { name: 'landfall', entry: 'agent/main.ts', piece: 'boot', hasPage: true },
  { name: 'landfall-ops', entry: 'scripts/ops/main.ts', piece: 'load', hasPage: false },
] as const;

/** A program, bundled: nothing but Node is missing. */
export interface Program {
  /** Path of the script. */
  readonly script: string;
  /** Name to path, of what the script loads. */
  readonly parts: Readonly<Record<string, string>>;
  /** The same, of other assets. */
  readonly others: Readonly<Record<string, string>>;
  readonly piece: Rehearsal['piece'];
  /** What went in. */
  readonly metafile: Metafile;
}

/** Writes the code of a program below `work`. @param root of the checkout; `work` lies in it. */
export async function bundleProgram(
  root: string,
  work: string,
  { name, entry, piece, hasPage }: (typeof PROGRAMS)[number],
): Promise<Program> {
  const folder = join(work, name);
  const { metafile } = await bundle({
    ...sharedOptions(root),
    entryPoints: { main: join(root, entry) },
    outdir: folder,
    splitting: true,
    metafile: true,
    format: 'esm',
  });
  const chunked = assembleChunks(folder, metafile, 'main.js');
  const script = join(work, `${name}.cjs`);
  writeFileSync(script, chunked.script);
  const assets = [...chunked.assets].map(([asset, code]) => {
    const path = join(folder, `${asset}.cjs`);
    writeFileSync(path, code);
    return [asset, relative(root, path)] as const;
  });
  const worker = await bundleWorker(root, folder);
  const page = hasPage ? await buildPage(root, work) : undefined;
  return {
    script,
    parts: Object.fromEntries(assets),
    others: { [WORKER.asset]: worker, ...(page && { dashboard: page.file }) },
    piece,
    metafile: {
      inputs: { ...metafile.inputs, ...page?.metafile.inputs },
      outputs: { ...metafile.outputs, ...page?.metafile.outputs },
    },
  };
}

/** What a thread of a scan runs: one script, for a thread cannot load the parts that its program is made of. */
const WORKER = { asset: 'scan-worker', entry: 'agent/scan/scan-worker.ts' };

async function bundleWorker(root: string, folder: string): Promise<string> {
  const outfile = join(folder, `${WORKER.asset}.cjs`);
  await bundle({ ...sharedOptions(root), entryPoints: [join(root, WORKER.entry)], outfile, format: 'cjs' });
  return relative(root, outfile);
}

function sharedOptions(root: string) {
  return {
    absWorkingDir: root,
    bundle: true,
    platform: 'node',
    target: 'node24',
    minify: true,
    // A crash prints the line it happened on: keep lines short enough for a journal.
    lineLimit: 160,
    legalComments: 'none',
    // The SDK's ES builds can be tree-shaken, its CommonJS builds cannot: 1.0 MB instead of 1.9 MB, half the start-up.
    mainFields: ['module', 'main'],
    plugins: [leaveOut, metaSchemas],
    // The same sources as what Node resolves, as ES modules: half the size, a third of the time to load.
    alias: { yaml: join(root, 'node_modules/yaml/browser/index.js') },
    // One byte a letter: with a single other character V8 keeps all of the source in two.
    charset: 'ascii',
    logLevel: 'warning',
  } as const satisfies BuildOptions;
}

/**
 * What libraries load for features nobody here uses, per library: commander starts programs of its own name, pino runs
 * transports in threads, smithy makes ids as a browser does. Each costs every start a few milliseconds and the daemon about a megabyte.
 */
const LEFT_OUT: readonly { readonly by: string; readonly module: RegExp; readonly instead: string }[] = [
  { by: '/commander/', module: /^(node:)?child_process$/, instead: 'module.exports = {};' },
  { by: '/pino/', module: /^(node:)?worker_threads$/, instead: 'module.exports = { isMainThread: true };' },
  // It looks for the browser's `crypto` when it is loaded, and has Node load all of that: 5 ms.
  {
    by: '/@smithy/core/',
    module: /uuid\/v4$/,
    instead: "import { randomUUID } from 'node:crypto'; export const bindV4 = () => () => randomUUID();",
  },
  { by: '/pino/', module: /^thread-stream$/, instead: 'module.exports = class {};' },
];

const leaveOut: Plugin = {
  name: 'left-out',
  setup: (build) => {
    for (const { by, module, instead } of LEFT_OUT) {
      build.onResolve({ filter: module }, ({ path, importer }) => {
        return importer.includes(by) ? { path: `${by}${path}`, namespace: 'left-out' } : undefined;
      });
      build.onLoad({ filter: new RegExp(`^${by}`), namespace: 'left-out' }, ({ path }) => {
        return module.test(path.slice(by.length)) ? { contents: instead, loader: 'js' } : undefined;
      });
    }
  },
};
