import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { performance } from 'node:perf_hooks';
import type { Readable, Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FenceMode } from '../../config-service/store/fence/fence.ts';
import { createRenderedRegister } from '../../config-service/store/folder/rendered-register.ts';
import { valueOf } from '../support/fetching.ts';
import { intoOneFile } from '../support/one-file.ts';
import { hostIn, UID, type RenderedHost } from '../support/rendered.ts';
import { ELSEWHERE } from '../support/sealing.ts';

/** At least so many kills that hit a purge under way, in each mode. */
const KILLS = 50;
const FILES = Object.fromEntries(
  Array.from({ length: 24 }, (_, index) => [
    `d${index % 4}/${index}.conf`,
    `db-${index}.us-east-1.amazonaws.com`,
  ]),
);

/** Unpacked in a folder that was made for it. */
const TREE = Object.fromEntries(
  Array.from({ length: 40 }, (_, index) => [`tree/${index % 3}/${index}`, `sqs-${index}.us-east-1`]),
);

let root: string;
let program: string;
beforeAll(async () => {
  root = await realpath(await mkdtemp(join(tmpdir(), 'landfall-fence-kill-')));
  program = join(root, 'fence-victim.mjs');
  await intoOneFile(new URL('./fence-victim.ts', import.meta.url), program);
});
afterAll(() => rm(root, { recursive: true, force: true }));

describe.each<[FenceMode]>([['purge'], ['quarantine']])('a fence (%s) that is killed anywhere', (mode) => {
  it(`leaves the list as long as a file of it, and the next one ends the work: ${KILLS} kills`, async () => {
    let kills = 0;
    let wholeMs = 200;
    // One is always started ahead: that takes longer than the purge.
    let ahead = readyVictim();
    try {
      for (let scene = 0; kills < KILLS; scene += 1) {
        expect(scene, 'the kills come too late').toBeLessThan(KILLS * 2);
        const host = await foreignHost(join(root, `${mode}-${scene}`));
        for (let ended = false; !ended;) {
          const victim = await ahead;
          ahead = readyVictim();
          // Instants spread evenly over the time it takes, which follows the machine.
          const after = wholeMs * (((kills + scene) * 0.618_034) % 1);
          const { killed, tookMs } = await raiseAndKill(victim, { folder: host.state, mode }, after);
          wholeMs = killed ? wholeMs * 1.03 : tookMs;
          kills += killed ? 1 : 0;
          ended = !killed;
          await expectResumable(host);
        }
        await expectClean(host, mode);
        await rm(host.root, { recursive: true });
      }
    } finally {
      (await ahead).stdin.end();
    }
    expect(kills).toBeGreaterThanOrEqual(KILLS);
  }, 120_000);
});

async function foreignHost(folder: string): Promise<RenderedHost> {
  await mkdir(folder);
  const host = await hostIn(folder);
  await host.render(ELSEWHERE, FILES);
  for (const [name, text] of Object.entries(TREE)) {
    await mkdir(dirname(host.path(name)), { recursive: true });
    await writeFile(host.path(name), text);
  }
  await symlink('tree/0', host.path('current'));
  const folders = ['d0', 'd1', 'd2', 'd3'].map((name) => [name, 'folder'] as const);
  const more = [['tree', 'tree'] as const, ['current', 'link'] as const, ...folders];
  const listed = [
    ...Object.keys(FILES).map((name) => ({ path: host.path(name), sha256: '' })),
    ...more.map(([name, kind]) => ({ path: host.path(name), sha256: '', kind })),
  ];
  valueOf(await createRenderedRegister(host.state, ELSEWHERE, UID).save(listed));
  for (const name of ['last-good', 'overrides', 'apply.applied']) await host.seal(ELSEWHERE, name);
  return host;
}

async function filesBelow(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
}

/** The one state that must never be: the register is gone, and a file of it is left. */
async function expectResumable(host: RenderedHost): Promise<void> {
  const left = await filesBelow(host.path('.'));
  if (left.length > 0)
    expect(await readdir(host.state), `with ${left.length} left`).toContain('rendered.register');
}

async function expectClean(host: RenderedHost, mode: FenceMode): Promise<void> {
  expect(await readdir(host.path('.'))).toEqual([]);
  expect(await readdir(host.state)).toEqual(mode === 'purge' ? [] : ['quarantine']);
  if (mode === 'purge') return;
  // Nothing lost, nothing twice: 24 files, the 40 of a tree, 3 sealed ones, the register.
  const kept = await filesBelow(host.quarantine);
  expect(kept).toHaveLength(68);
  const texts = await Promise.all(kept.map((path) => readFile(path, 'utf8')));
  for (const text of Object.values({ ...FILES, ...TREE })) expect(texts).toContain(text);
}

type Victim = ChildProcessByStdio<Writable, Readable, null>;

async function readyVictim(): Promise<Victim> {
  const child = spawn(process.execPath, [program], { stdio: ['pipe', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  return child;
}

/** `killed` only when it had not come to its end by itself. */
async function raiseAndKill(
  victim: Victim,
  order: { readonly folder: string; readonly mode: FenceMode },
  afterMs: number,
): Promise<{ readonly killed: boolean; readonly tookMs: number }> {
  const startedAt = performance.now();
  const exited = once(victim, 'exit') as Promise<[number | null, NodeJS.Signals | null]>;
  victim.stdin.write(`${JSON.stringify(order)}\n`);
  await Promise.race([exited, sleep(afterMs)]);
  victim.kill('SIGKILL');
  const [, signal] = await exited;
  return { killed: signal === 'SIGKILL', tookMs: performance.now() - startedAt };
}
