import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, copyFileSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inject } from 'postject';
import { bundleProgram, PROGRAMS, type Program } from './bundle.ts';
import { describeHardening } from './elf-hardening.ts';
import { stripElf } from './elf-strip.ts';
import { describeContents } from './contents.ts';
import { nodeRuntime, type Arch } from './runtime.ts';

/**
 * `npm run build`: each program as one executable that needs no Node. The recipe and its traps were measured
 * (docs/decisions/0003-single-binary.md): ES builds of the SDK, code cache made by the same Node, strip before inject.
 * The same commit gives the same digest: no time, path or host goes in.
 */
const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const DIST = join(ROOT, 'dist');
const WORK = join(ROOT, '.cache', 'build');

/** Node's own marker; the injected executable flips its last character (Node.js docs, "Single executable applications"). */
const FUSE = 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2';

/**
 * A small young generation and one helper thread: a megabyte each of a polling daemon. No other V8 flag can be given here:
 * they change the hash that code caches are checked against, Node's own included.
 */
const V8_FLAGS = ['--max-semi-space-size=1', '--v8-pool-size=1'];

/**
 * SIGUSR1 would open Node's debugger on loopback, to every user of the host. Behind `--` Node looks for no option of its own:
 * it would read the file of an `--env-file` that is meant for a program of `landfall exec`.
 */
const NODE_FLAGS = ['--disable-sigusr1', '--'];

async function main(): Promise<void> {
  const host: Arch = process.arch === 'arm64' ? 'arm64' : 'x64';
  const other: Arch = host === 'x64' ? 'arm64' : 'x64';
  const arches = process.argv.includes('--host-only') ? [host] : [host, other];
  rmSync(WORK, { recursive: true, force: true });
  mkdirSync(WORK, { recursive: true });
  mkdirSync(DIST, { recursive: true });
  const programs: (Program & { readonly name: string })[] = [];
  for (const program of PROGRAMS) {
    programs.push({ name: program.name, ...(await bundleProgram(ROOT, WORK, program)) });
  }
  for (const [name, text] of describeContents(ROOT, nodeRuntime(ROOT, host), programs)) {
    writeFileSync(join(DIST, name), text);
  }
  for (const program of programs) {
    for (const arch of arches) {
      const output = join(DIST, arch === host ? program.name : `${program.name}-${arch}`);
      await makeExecutable(program, arch, host, output);
      report(output, arch);
    }
  }
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
    execArgv: [...V8_FLAGS, ...NODE_FLAGS],
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
  console.log(`  hardening: ${describeHardening(content)}`);
}

await main();
