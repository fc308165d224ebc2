import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { acquireStateLock } from '../../config-service/store/folder/state-lock.ts';
import { valueOf, verdictOf } from '../support/fetching.ts';

let folder: string;
const children: ChildProcess[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'landfall-lock-'));
});
afterEach(async () => {
  for (const child of children.splice(0)) await kill(child);
  await rm(folder, { recursive: true });
});

/** Starts another daemon on the folder; resolves with what it says of its attempt. */
async function contend(): Promise<{ child: ChildProcess; says: string }> {
  const holder = fileURLToPath(new URL('./lock-holder.ts', import.meta.url));
  const child = spawn(process.execPath, [holder, folder], { stdio: ['pipe', 'pipe', 'inherit'] });
  children.push(child);
  const [said] = (await once(child.stdout, 'data')) as [Buffer];
  return { child, says: said.toString('utf8').trim() };
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}

describe('the state lock', () => {
  it('lets one daemon in and tells the next one who holds it', async () => {
    const { child, says } = await contend();
    expect(says).toBe('held');
    const outcome = await acquireStateLock(folder, process.pid);
    expect(outcome).toMatchObject({
      kind: 'fail',
      fault: { code: 'LF_STATE_LOCKED', cause: `process ${child.pid} holds it` },
    });
  });

  it('is free the moment its holder is killed', async () => {
    const { child } = await contend();
    await kill(child);
    const lock = valueOf(await acquireStateLock(folder, process.pid));
    expect((await contend()).says).toBe(`LF_STATE_LOCKED process ${process.pid} holds it`);
    await lock.release();
    expect((await contend()).says).toBe('held');
  });

  it('goes to exactly one of many that start at once, also after a kill', async () => {
    for (let round = 0; round < 2; round += 1) {
      const contenders = await Promise.all(Array.from({ length: 5 }, contend));
      expect(contenders.filter(({ says }) => says === 'held')).toHaveLength(1);
      expect(contenders.filter(({ says }) => says.startsWith('LF_STATE_LOCKED'))).toHaveLength(4);
      for (const { child } of contenders) await kill(child);
    }
  });

  it('holds within one process, and may be released twice', async () => {
    const lock = valueOf(await acquireStateLock(folder, process.pid));
    expect(verdictOf(await acquireStateLock(folder, process.pid))).toBe('fail LF_STATE_LOCKED');
    await lock.release();
    await lock.release();
    const again = valueOf(await acquireStateLock(folder, process.pid));
    await again.release();
  });

  it('is not kept by what a copied image brings along', async () => {
    await writeFile(join(folder, 'lock'), '');
    await writeFile(join(folder, 'lock.pid'), `${process.pid}\n`);
    const lock = valueOf(await acquireStateLock(folder, 4711));
    expect(await readFile(join(folder, 'lock.pid'), 'utf8')).toBe('4711\n');
    await lock.release();
  });

  it('persists nothing but a process id', async () => {
    const lock = valueOf(await acquireStateLock(folder, process.pid));
    expect((await readdir(folder)).toSorted()).toEqual(['lock', 'lock.pid']);
    const file = await stat(join(folder, 'lock'));
    expect(file.size).toBe(0);
    expect(file.mode & 0o777).toBe(0o600);
    await lock.release();
    expect(await readdir(folder)).toEqual(['lock']);
  });

  it('that cannot be is a fault with a way out', async () => {
    expect(verdictOf(await acquireStateLock(join(folder, 'nowhere'), 1))).toBe('fail LF_STATE_DIR');
    await writeFile(join(folder, 'lock'), 'no database at all, but a file of someone else\n'.repeat(100));
    expect(verdictOf(await acquireStateLock(folder, 1))).toBe('fail LF_STATE_DIR');
  });
});
