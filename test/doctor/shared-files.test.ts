import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { checkSharedFiles } from '#agent/doctor/shared-files.ts';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'landfall-root-'));
});
afterEach(() => rm(root, { recursive: true }));

async function plant(path: string): Promise<void> {
  await mkdir(join(root, path, '..'), { recursive: true });
  await writeFile(join(root, path), '[default]\nregion = us-east-1\n');
}

it('an image without shared files is good, also one without homes', async () => {
  expect(await checkSharedFiles(root)).toMatchObject([{ level: 'ok' }]);
  await mkdir(join(root, 'home/ubuntu/.aws'), { recursive: true });
  expect(await checkSharedFiles(root)).toMatchObject([{ level: 'ok' }]);
});

it('each file of each user is a warning that names it and not what it says', async () => {
  await plant('root/.aws/config');
  await plant('home/ubuntu/.aws/config');
  await plant('home/ubuntu/.aws/credentials');
  const findings = await checkSharedFiles(root);
  expect(findings.map(({ level }) => level)).toEqual(['warning', 'warning', 'warning']);
  for (const path of ['root/.aws/config', 'home/ubuntu/.aws/config', 'home/ubuntu/.aws/credentials']) {
    expect(findings.map(({ says }) => says.split(' ')[0])).toContain(join(root, path));
  }
  expect(JSON.stringify(findings)).not.toContain('us-east-1');
});
