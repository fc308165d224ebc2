import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createRefusedCandidatesFile } from '../../config-service/store/documents/refused-candidates.ts';
import { seal } from '../../config-service/store/seal/seal.ts';
import { verdictOf } from '../support/fetching.ts';
import { ELSEWHERE, keyOf } from '../support/sealing.ts';

const REFUSED = [{ release: '20261121T032100Z-3f9a1c07', digest: 'a'.repeat(64), code: 'LF_PARSE', at: 1 }];

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'landfall-refused-'));
});
afterEach(() => rm(folder, { recursive: true }));

describe('the file of refused candidates', () => {
  it('gives back what was saved, and is sealed', async () => {
    const file = createRefusedCandidatesFile(folder, keyOf());
    expect(await file.load()).toEqual({ kind: 'absent' });
    expect(verdictOf(await file.save(REFUSED))).toBe('ok');
    expect(await file.load()).toEqual({ kind: 'loaded', content: REFUSED });
    const raw = await readFile(join(folder, 'refused-candidates.sealed'));
    expect(raw.includes('3f9a1c07')).toBe(false);
  });

  it('of another region, or of another version, is ignored', async () => {
    await createRefusedCandidatesFile(folder, keyOf(ELSEWHERE)).save(REFUSED);
    const file = createRefusedCandidatesFile(folder, keyOf());
    expect(await file.load()).toMatchObject({ kind: 'ignored', why: 'foreign' });
    for (const text of ['{"format":2,"rows":[]}', '{"format":1}', 'nonsense', 'null']) {
      const sealed = seal(keyOf(), 'refused-candidates', Buffer.from(text));
      await writeFile(join(folder, 'refused-candidates.sealed'), sealed);
      expect(await file.load()).toMatchObject({ kind: 'ignored', why: 'unreadable' });
    }
  });
});
