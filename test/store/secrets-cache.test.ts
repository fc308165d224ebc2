import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createSecretsCache } from '../../config-service/store/documents/secrets-cache.ts';
import { seal } from '../../config-service/store/seal/seal.ts';
import { verdictOf } from '../support/fetching.ts';
import { ELSEWHERE, keyOf } from '../support/sealing.ts';

const SECRETS = [
  { service: 'ssm', id: '/db', selector: '', text: 'hunter2', version: '1', readAt: 1 },
  { service: 'secretsmanager', id: 'db', selector: '', text: '{}', version: 'v', readAt: 2 },
] as const;

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'landfall-secrets-'));
});
afterEach(() => rm(folder, { recursive: true }));

describe('the file of secrets', () => {
  it('gives back what was saved, and is sealed', async () => {
    const file = createSecretsCache(folder, keyOf());
    expect(await file.load()).toEqual({ kind: 'absent' });
    expect(verdictOf(await file.save(SECRETS))).toBe('ok');
    expect(await file.load()).toEqual({ kind: 'loaded', content: SECRETS });
    const raw = await readFile(join(folder, 'secrets.sealed'));
    expect(raw.includes('hunter2')).toBe(false);
  });

  it('is gone when no secret is in use', async () => {
    const file = createSecretsCache(folder, keyOf());
    await file.save(SECRETS);
    expect(verdictOf(await file.remove())).toBe('ok');
    expect(verdictOf(await file.remove())).toBe('ok');
    expect(await file.load()).toEqual({ kind: 'absent' });
  });

  it('of another region, or of another version, is ignored', async () => {
    await createSecretsCache(folder, keyOf(ELSEWHERE)).save(SECRETS);
    const file = createSecretsCache(folder, keyOf());
    expect(await file.load()).toMatchObject({ kind: 'ignored', why: 'foreign' });
    for (const text of ['{"format":2,"rows":[]}', '{"format":1}', 'nonsense', 'null']) {
      const sealed = seal(keyOf(), 'secrets', Buffer.from(text));
      await writeFile(join(folder, 'secrets.sealed'), sealed);
      expect(await file.load()).toMatchObject({ kind: 'ignored', why: 'unreadable' });
    }
  });
});
