import { mkdtemp, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { loadFromDefaultChain } from '#scripts/ops/site/default-chain.ts';

beforeEach(async () => {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'landfall-chain-'));
  const credentials = path.join(folder, 'credentials');
  await writeFile(credentials, '[base]\naws_access_key_id=PROFILEKEY\naws_secret_access_key=p\n');
  await writeFile(path.join(folder, 'config'), '');
  vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', credentials);
  vi.stubEnv('AWS_CONFIG_FILE', path.join(folder, 'config'));
  vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
  vi.stubEnv('AWS_ACCESS_KEY_ID', '');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', '');
});
afterEach(() => vi.unstubAllEnvs());

const keyOf = async (): Promise<string> => {
  const loaded = await loadFromDefaultChain('eu-west-1', process.env);
  return loaded.kind === 'ok' ? loaded.value.accessKeyId : loaded.fault.cause;
};

it('takes keys of the environment before a profile, as the aws command does', async () => {
  vi.stubEnv('AWS_PROFILE', 'base');
  expect(await keyOf()).toBe('PROFILEKEY');
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'ENVKEY');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'e');
  expect(await keyOf()).toBe('ENVKEY');
});

it('names the profile that gives none', async () => {
  vi.stubEnv('AWS_PROFILE', 'nosuch');
  expect(await keyOf()).toContain('the profile nosuch (AWS_PROFILE) gives none');
});
