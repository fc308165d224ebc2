import { writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { build as bundle, type BuildOptions, type Metafile } from 'esbuild';
import { assembleChunks } from './chunks.ts';
import { leaveOut } from './left-out.ts';

export const PROGRAMS = [
  { name: 'landfall', entry: 'agent/main.ts' },
  { name: 'landfall-ops', entry: 'scripts/ops/main.ts' },
] as const;

/** A program, bundled: nothing but Node is missing. */
export interface Program {
  /** Path of the script. */
  readonly script: string;
  /** Name to path. */
  readonly assets: Readonly<Record<string, string>>;
  /** What went in. */
  readonly metafile: Metafile;
}

/** Writes the code of a program below `work`. @param root of the checkout; `work` lies in it. */
export async function bundleProgram(
  root: string,
  work: string,
  { name, entry }: (typeof PROGRAMS)[number],
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
  return { script, assets: { ...Object.fromEntries(assets), [WORKER.asset]: worker }, metafile };
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
    plugins: [leaveOut],
    // The same sources as what Node resolves, as ES modules: half the size, a third of the time to load.
    alias: { yaml: join(root, 'node_modules/yaml/browser/index.js') },
    // One byte a letter: with a single other character V8 keeps all of the source in two.
    charset: 'ascii',
    logLevel: 'warning',
  } as const satisfies BuildOptions;
}
