import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { DoctorFinding } from '#agent/doctor/base/finding.ts';
import { agentUser, checkStatePlace } from '#agent/doctor/state-place.ts';
import { loadSettings, type Settings } from '#agent/settings/settings.ts';
import { valueOf } from '../support/fetching.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'landfall-state-place-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const uid = process.geteuid?.() ?? 0;

async function findingsOf(settings: Settings): Promise<readonly DoctorFinding[]> {
  const findings: DoctorFinding[] = [];
  for await (const finding of checkStatePlace(settings, uid)) findings.push(finding);
  return findings;
}

async function stateFinding(stateDir: string) {
  const settings = valueOf(
    loadSettings({ env: {}, configFile: undefined, flags: { stateDir, runDir: join(folder, 'run') } }),
  );
  const [finding] = await findingsOf(settings);
  return finding;
}

it('a folder that is not there is not made', async () => {
  const path = join(folder, 'a/b');
  expect(await stateFinding(path)).toMatchObject({ level: 'ok', says: `${path} will be made` });
  expect(existsSync(join(folder, 'a'))).toBe(false);
});

it('a folder that is there takes writes, and none of them stays', async () => {
  const path = join(folder, 'state');
  mkdirSync(path, { mode: 0o700 });
  expect(await stateFinding(path)).toMatchObject({ level: 'ok', says: `${path} takes writes` });
  expect(readdirSync(path)).toEqual([]);
});

it('a file in its place would stop the agent', async () => {
  const path = join(folder, 'state');
  writeFileSync(path, '');
  expect(await stateFinding(path)).toMatchObject({ level: 'failure', code: 'LF_STATE_DIR' });
});

it.runIf(uid === 0)('root looks on behalf of the user that runs the agent (needs root)', async () => {
  const path = join(folder, 'state');
  mkdirSync(path, { mode: 0o700 });
  chownSync(path, 4711, 4711);
  expect(await stateFinding(path)).toMatchObject({ level: 'ok' });
  expect(await agentUser(path, 0)).toBe(4711);
  expect(await agentUser(path, 1000)).toBe(1000);
  // A link says nothing about who runs it.
  symlinkSync(path, join(folder, 'link'));
  expect(await agentUser(join(folder, 'link'), 0)).toBe(0);
});

it.runIf(uid === 0)('a file system without room is a warning (needs root)', async () => {
  const settings = valueOf(
    loadSettings({ env: {}, configFile: undefined, flags: { stateDir: '/proc/1/none', runDir: folder } }),
  );
  chmodSync(folder, 0o700);
  const findings = await findingsOf(settings);
  // procfs has no blocks at all.
  expect(findings).toContainEqual(
    expect.objectContaining({
      check: 'disk',
      level: 'warning',
      says: expect.stringContaining('state folder has 0 MiB left') as string,
    }),
  );
});
