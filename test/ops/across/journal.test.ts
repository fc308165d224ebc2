import { spawnSync } from 'node:child_process';
import {
  chownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openJournal, readJournal } from '#scripts/ops/across/journal.ts';
import { stateFolderOf } from '#scripts/ops/across/state-folder.ts';

interface Entry {
  readonly step: number;
}

function readEntry(document: unknown): Entry | undefined {
  return typeof document === 'object' && document !== null && 'step' in document
    ? { step: Number(document.step) }
    : undefined;
}

describe('a journal', () => {
  let folder: string;
  const place = () => ({ folder, name: 'swap/eu-west-1/i-1.i-2' });

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'landfall-journal-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('is found by the next one as it was written, for nobody but its owner', async () => {
    const first = await openJournal(place(), readEntry);
    expect(first.found).toBeUndefined();
    await first.write({ step: 1 });
    await first.write({ step: 2 });
    await first.close();
    const next = await openJournal(place(), readEntry);
    expect(next.found).toEqual({ step: 2 });
    expect(statSync(join(folder, place().name, 'journal.json')).mode & 0o777).toBe(0o600);
    await next.remove();
    await next.close();
    expect(await readJournal(place(), readEntry)).toBeUndefined();
  });

  it('leaves no trace when it is only read', async () => {
    expect(await readJournal(place(), readEntry)).toBeUndefined();
    expect(readdirSync(folder)).toEqual([]);
  });

  it('follows no link that somebody laid where others may write, and takes no folder of theirs', async () => {
    const elsewhere = join(folder, 'elsewhere');
    mkdirSync(elsewhere, { mode: 0o755 });
    symlinkSync(elsewhere, join(folder, 'swap'));
    await expect(openJournal(place(), readEntry)).rejects.toThrow('it is no folder');
    expect([readdirSync(elsewhere), statSync(elsewhere).mode & 0o777]).toEqual([[], 0o755]);
    rmSync(join(folder, 'swap'));
    if (process.getuid?.() !== 0) return;
    mkdirSync(join(folder, 'swap/eu-west-1'), { recursive: true });
    chownSync(join(folder, 'swap/eu-west-1'), 65_534, 65_534);
    await expect(openJournal(place(), readEntry)).rejects.toThrow('it is of another user (65534)');
  });

  it('is for one process at a time, until that one is killed', async () => {
    const held = await openJournal(place(), readEntry);
    await expect(openJournal(place(), readEntry)).rejects.toMatchObject({
      fault: { code: 'LF_STATE_LOCKED' },
    });
    await held.close();
    const script = `import { openJournal } from '#scripts/ops/across/journal.ts';
      await openJournal(${JSON.stringify(place())}, (entry) => entry);
      process.kill(process.pid, 'SIGKILL');`;
    const { signal } = spawnSync(process.execPath, ['--input-type=module', '-e', script]);
    expect(signal).toBe('SIGKILL');
    await (await openJournal(place(), readEntry)).close();
  });

  it.each(['{"step":', '[]', ''])('that holds %j is never taken for none', async (text) => {
    await (await openJournal(place(), readEntry)).close();
    const path = join(folder, place().name, 'journal.json');
    writeFileSync(path, text);
    await expect(openJournal(place(), readEntry)).rejects.toMatchObject({ fault: { code: 'LF_STATE_DIR' } });
    expect(readFileSync(path, 'utf8')).toBe(text);
  });

  it('says so when its folder cannot be made', async () => {
    writeFileSync(join(folder, 'swap'), '');
    await expect(openJournal(place(), readEntry)).rejects.toMatchObject({
      fault: { code: 'LF_STATE_DIR', operation: 'make' },
    });
  });
});

describe('the folder of journals', () => {
  it.each([
    [['/a', { LANDFALL_OPS_STATE_DIR: '/b', XDG_STATE_HOME: '/c', HOME: '/d' }], '/a'],
    [[undefined, { LANDFALL_OPS_STATE_DIR: '/b', XDG_STATE_HOME: '/c', HOME: '/d' }], '/b'],
    [[undefined, { XDG_STATE_HOME: '/c', HOME: '/d' }], '/c/landfall-ops'],
    [[undefined, { XDG_STATE_HOME: 'c', HOME: '/d' }], '/d/.local/state/landfall-ops'],
    [[undefined, { LANDFALL_OPS_STATE_DIR: '', HOME: '/d' }], '/d/.local/state/landfall-ops'],
  ] as const)('%j is %s', ([flag, env], expected) => {
    expect(stateFolderOf(flag, env)).toBe(expected);
  });

  it('is named by the operator where there is no home', () => {
    expect(() => stateFolderOf(undefined, {})).toThrow('HOME is not set');
  });
});
