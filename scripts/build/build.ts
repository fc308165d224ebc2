import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, copyFileSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build as bundle } from 'esbuild';
import { inject } from 'postject';
import { assembleChunks } from './chunks.ts';
import { stripElf } from './elf-strip.ts';
import { leaveOut } from './left-out.ts';
import { nodeRuntime, type Arch } from './runtime.ts';

/**
 * `npm run build`: each program as one executable that needs no Node. The recipe and its traps were measured
 * (docs/decisions/0003-single-binary.md): ES builds of the SDK, code cache made by the same Node, strip before inject.
 * The same commit gives the same digest: no time, path or host goes in.
 */
const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const DIST = join(ROOT, 'dist');
const WORK = join(ROOT, '.cache', 'build');

const PROGRAMS = [
  { name: 'landfall', entry: 'agent/main.ts' },
  { name: 'landfall-ops', entry: 'scripts/ops/main.ts' },
] as const;

/** Node's own marker; the injected executable flips its last character (Node.js docs, "Single executable applications"). */
const FUSE = 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2';

/**
 * A small young generation and one helper thread: a megabyte each of a polling daemon. No other V8 flag can be given here:
 * they change the hash that code caches are checked against, Node's own included.
 */
const V8_FLAGS = ['--max-semi-space-size=1', '--v8-pool-size=1'];

async function main(): Promise<void> {
  const host: Arch = process.arch === 'arm64' ? 'arm64' : 'x64';
  const other: Arch = host === 'x64' ? 'arm64' : 'x64';
  const arches = process.argv.includes('--host-only') ? [host] : [host, other];
  rmSync(WORK, { recursive: true, force: true });
  mkdirSync(WORK, { recursive: true });
  mkdirSync(DIST, { recursive: true });
  for (const program of PROGRAMS) {
    const bundled = await bundleProgram(program);
    for (const arch of arches) {
      const output = join(DIST, arch === host ? program.name : `${program.name}-${arch}`);
      await makeExecutable(bundled, arch, host, output);
      report(output, arch);
    }
  }
}

interface Program {
  /** Path of the script. */
  readonly script: string;
  /** Name to path. */
  readonly assets: Readonly<Record<string, string>>;
}

async function bundleProgram({ name, entry }: (typeof PROGRAMS)[number]): Promise<Program> {
  const folder = join(WORK, name);
  const { metafile } = await bundle({
    entryPoints: { main: join(ROOT, entry) },
    absWorkingDir: ROOT,
    outdir: folder,
    bundle: true,
    splitting: true,
    metafile: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    minify: true,
    // A crash prints the line it happened on: keep lines short enough for a journal.
    lineLimit: 160,
    legalComments: 'none',
    // The SDK's ES builds can be tree-shaken, its CommonJS builds cannot: 1.0 MB instead of 1.9 MB, half the start-up.
    mainFields: ['module', 'main'],
    plugins: [leaveOut],
    // The same sources as what Node resolves, as ES modules: half the size, a third of the time to load.
    alias: { yaml: join(ROOT, 'node_modules/yaml/browser/index.js') },
    // One byte a letter: with a single other character V8 keeps all of the source in two.
    charset: 'ascii',
    logLevel: 'warning',
  });
  const chunked = assembleChunks(folder, metafile, 'main.js');
  const script = join(WORK, `${name}.cjs`);
  writeFileSync(script, chunked.script);
  const assets = [...chunked.assets].map(([asset, code]) => {
    const path = join(folder, `${asset}.cjs`);
    writeFileSync(path, code);
    return [asset, relative(ROOT, path)] as const;
  });
  return { script, assets: Object.fromEntries(assets) };
}

async function makeExecutable(
  { script, assets }: Program,
  arch: Arch,
  host: Arch,
  output: string,
): Promise<void> {
  // Relative paths: the blob holds the script's path, and a digest must not depend on where the checkout lies.
  const blob = relative(ROOT, `${script}.${arch}.blob`);
  const config = join(ROOT, `${blob}.json`);
  const settings = {
    main: relative(ROOT, script),
    output: blob,
    assets,
    disableExperimentalSEAWarning: true,
    useSnapshot: false,
    // A cache is good for one architecture, one Node and these flags. Compiled whole it would save another tenth of the
    // start and cost 3 MiB of the daemon, which has none to spare.
    useCodeCache: arch === host,
    execArgv: V8_FLAGS,
    execArgvExtension: 'none',
  };
  writeFileSync(config, JSON.stringify(settings));
  // V8 seeds its string hashes, and so the order inside the cache, from this flag: the same bytes each time. It is the one
  // flag V8 leaves out of the hash it checks a cache against (--hash-seed would void the cache).
  const seed = '--random-seed=42';
  execFileSync(nodeRuntime(ROOT, host), [...V8_FLAGS, seed, '--experimental-sea-config', config], {
    cwd: ROOT,
    stdio: 'pipe',
  });
  const executable = `${output}.partial`;
  writeFileSync(executable, stripElf(readFileSync(nodeRuntime(ROOT, arch))));
  await inject(executable, 'NODE_SEA_BLOB', readFileSync(join(ROOT, blob)), { sentinelFuse: FUSE });
  // A copy in small pieces: what one large write(2) leaves in the page cache is mapped in large folios, and the same bytes
  // then count 16 to 35 MiB more as resident (measured on ext4, Linux 6.18: 51 MiB written by 64 KiB, 85 by 16 MiB).
  const copy = `${output}.copy`;
  copyFileSync(executable, copy);
  rmSync(executable);
  chmodSync(copy, 0o755);
  renameSync(copy, output);
}

function report(output: string, arch: Arch): void {
  const content = readFileSync(output);
  const digest = createHash('sha256').update(content).digest('hex');
  const size = `${(content.length / 1e6).toFixed(1)} MB`;
  console.log(
    `${output.slice(ROOT.length + 1).padEnd(24)} ${arch.padEnd(6)} ${size.padStart(9)}  sha256 ${digest}`,
  );
}

await main();
