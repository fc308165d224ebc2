import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createOverridesFile } from '../../config-service/store/documents/overrides.ts';
import { seal } from '../../config-service/store/seal/seal.ts';
import { verdictOf } from '../support/fetching.ts';
import { ELSEWHERE, keyOf } from '../support/sealing.ts';

const OVERRIDES = [
  { key: 'pool.size', value: 'PLAINTEXT=40', reason: 'load test', setAt: 1, expiresAt: 3_600_001 },
  { key: '__proto__', value: '', reason: 'why not', setAt: 2, expiresAt: 3 },
];

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'landfall-overrides-'));
});
afterEach(() => rm(folder, { recursive: true }));

describe('the overrides file', () => {
  it('gives back what was saved, and is sealed', async () => {
    const file = createOverridesFile(folder, keyOf());
    expect(await file.load()).toEqual({ kind: 'absent' });
    expect(verdictOf(await file.save(OVERRIDES))).toBe('ok');
    expect(await file.load()).toEqual({ kind: 'loaded', content: OVERRIDES });
    const raw = await readFile(join(folder, 'overrides.sealed'));
    for (const secret of ['PLAINTEXT', 'pool.size', 'load test']) expect(raw.includes(secret)).toBe(false);
    await file.remove();
    expect(await file.load()).toEqual({ kind: 'absent' });
  });

  it('of another region, or of another version, is ignored', async () => {
    await createOverridesFile(folder, keyOf(ELSEWHERE)).save(OVERRIDES);
    const file = createOverridesFile(folder, keyOf());
    expect(await file.load()).toMatchObject({ kind: 'ignored', why: 'foreign' });
    for (const text of ['{"format":2,"rows":[]}', '{"format":1}', 'nonsense', 'null']) {
      await writeFile(join(folder, 'overrides.sealed'), seal(keyOf(), 'overrides', Buffer.from(text)));
      expect(await file.load()).toMatchObject({ kind: 'ignored', why: 'unreadable' });
    }
  });
});
