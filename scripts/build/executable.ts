import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { inject } from 'postject';
import { SETTLED_FLAGS } from '#agent/settled-flags.ts';
import type { CacheCopies } from './cache-copies.ts';
import { CACHE } from './chunks.ts';
import type { Program } from './bundle.ts';
import { stripElf } from './elf-strip.ts';
import type { Rehearsal } from './rehearsal.ts';
import { nodeRuntime, type Arch } from './runtime.ts';

/** Node's own marker; the injected executable flips its last character (Node.js docs, "Single executable applications"). */
const FUSE = 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2';

/**
 * A small young generation, which does not grow at rest (`SETTLED_FLAGS`), and one helper thread: a megabyte each of a polling daemon. No
 * other V8 flag can be given here: they change the hash that code caches are checked against, Node's own included.
 */
export const V8_FLAGS = ['--max-semi-space-size=4', '--v8-pool-size=1'];

/**
 * SIGUSR1 would open Node's debugger on loopback, to every user of the host. Behind `--` Node looks for no option of its own:
 * it would read the file of an `--env-file` that is meant for a program of `landfall exec`.
 */
const NODE_FLAGS = ['--disable-sigusr1', '--'];

/** Of this machine. */
export function hostArch(): Arch {
  return process.arch === 'arm64' ? 'arm64' : 'x64';
}

export interface ExecutableContents {
  /** Path of the script to start; it lies below the root of the checkout. */
  readonly script: string;
  /** Name to path. */
  readonly assets: Readonly<Record<string, string>>;
}

/**
 * What V8 compiled in a rehearsal, for each of `parts`: name to path. Good for this architecture, this Node and these flags.
 * The same each time: see `SEED`.
 */
export function makeCodeCaches(
  root: string,
  { script, parts, piece }: Program,
): Readonly<Record<string, string>> {
  const assets = Object.fromEntries(Object.entries(parts).map(([name, path]) => [name, join(root, path)]));
  const node = nodeRuntime(root, hostArch());
  const run = (program: string, v8Flags: readonly string[], task: object): void => {
    const file = join(import.meta.dirname, program);
    execFileSync(node, [...v8Flags, SEED, file, JSON.stringify(task)], {
      cwd: root,
      stdio: ['ignore', 'ignore', 'inherit'],
    });
  };
  const rehearsal: Rehearsal = { script, assets, piece };
  run('rehearsal.ts', UNCOLLECTED, rehearsal);
  const copies: CacheCopies = { assets, flags: piece === 'boot' ? SETTLED_FLAGS : [] };
  run('cache-copies.ts', V8_FLAGS, copies);
  return Object.fromEntries(Object.entries(parts).map(([name, path]) => [name + CACHE, path + CACHE]));
}

/**
 * So much room that nothing is collected: what is allocated where something else was before keeps some of its bytes in its padding,
 * and they come with it into a cache.
 */
const UNCOLLECTED = ['--min-semi-space-size=512', '--max-semi-space-size=512', '--initial-heap-size=4096'];

/**
 * V8 seeds its string hashes, and so the order inside a cache, from this flag: the same bytes each time. It is the one flag V8
 * leaves out of the hash it checks a cache against (--hash-seed would void the cache).
 */
const SEED = '--random-seed=42';

/** @param root of the checkout. @param output where the executable goes. */
export async function makeExecutable(
  root: string,
  { script, assets }: ExecutableContents,
  arch: Arch,
  output: string,
): Promise<void> {
  const host = hostArch();
  // Relative paths: the blob holds the script's path, and a digest must not depend on where the checkout lies.
  const blob = relative(root, `${script}.${arch}.blob`);
  const config = join(root, `${blob}.json`);
  const settings = {
    main: relative(root, script),
    output: blob,
    assets,
    disableExperimentalSEAWarning: true,
    useSnapshot: false,
    // Of the script alone, which loads the rest.
    useCodeCache: arch === host,
    execArgv: [...V8_FLAGS, ...NODE_FLAGS],
    execArgvExtension: 'none',
  };
  writeFileSync(config, JSON.stringify(settings));
  execFileSync(nodeRuntime(root, host), [...V8_FLAGS, SEED, '--experimental-sea-config', config], {
    cwd: root,
    stdio: 'pipe',
  });
  const executable = `${output}.partial`;
  writeFileSync(executable, stripElf(readFileSync(nodeRuntime(root, arch))));
  await inject(executable, 'NODE_SEA_BLOB', readFileSync(join(root, blob)), { sentinelFuse: FUSE });
  // A copy in small pieces: what one large write(2) leaves in the page cache is mapped in large folios, and the same bytes
  // then count 16 to 35 MiB more as resident (measured on ext4, Linux 6.18: 51 MiB written by 64 KiB, 85 by 16 MiB).
  const copy = `${output}.copy`;
  copyFileSync(executable, copy);
  rmSync(executable);
  chmodSync(copy, 0o755);
  renameSync(copy, output);
}
