import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { intoOneFile } from '../support/one-file.ts';
import { look, sightOf, type Sight } from './apply-content.ts';

/** At random instants of an application. */
const KILLS = 200;
/** Each in a folder of its own, killed and started again on what the one before left. */
const LANES = 4;

let root: string;
let victim: string;
beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'landfall-kill-'));
  victim = join(root, 'victim.mjs');
  await intoOneFile(new URL('./apply-victim.ts', import.meta.url), victim);
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

it(
  'leaves old or new files, whole, and loses no reload, wherever it is killed',
  { timeout: 180_000 },
  async () => {
    const ends = await Promise.all(Array.from({ length: LANES }, (_, lane) => killAgainAndAgain(lane)));
    // Otherwise the instants were not where they matter.
    expect(ends.flat().filter((end) => end === 'finished').length).toBeGreaterThan(0);
    expect(ends.flat().filter((end) => end === 'undone').length).toBeGreaterThan(0);
  },
);

/** How each start ended the kill before it. */
async function killAgainAndAgain(lane: number): Promise<readonly string[]> {
  const folder = mkdtempSync(join(root, 'lane-'));
  const ends: string[] = [];
  for (let kill = 0; kill < KILLS / LANES; kill += 1) {
    const where = `lane ${lane}, kill ${kill}`;
    // Some die in their recovery, most while they apply: one apply takes some 30 ms.
    const said = await startAndKill(folder, kill % 8 === 7);
    if (said !== undefined) {
      ends.push(said.recovered);
      expect({ versions: said.versions, loaded: said.loaded }, where).toEqual(expected(said));
    }
    const versions = Object.values(look(folder).versions);
    expect(versions, where).not.toContain(-1);
    expect(Math.max(0, ...versions) - Math.min(...versions), where).toBeLessThanOrEqual(1);
  }
  const [code] = (await once(start(folder, 1), 'close')) as [number];
  expect(code).toBe(0);
  const sight = look(folder);
  expect(sight).toEqual(expected(sight));
  expect(readdirSync(join(folder, 'etc')).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  expect(readdirSync(folder)).not.toContain('staging');
  return ends;
}

/** All files of one version, and that one loaded; before the first version, nothing. */
function expected({ versions }: Sight): Sight {
  const version = versions['a'];
  return version === undefined ? { versions: {}, loaded: expect.any(String) as string } : sightOf(version);
}

async function startAndKill(
  folder: string,
  inRecovery: boolean,
): Promise<(Sight & { readonly recovered: string }) | undefined> {
  const child = start(folder);
  const closed = once(child, 'close');
  let said = '';
  child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString('utf8')));
  if (!inRecovery) await Promise.race([once(child.stdout, 'data'), closed]);
  const afterMs = Math.random() * (inRecovery ? 150 : 80);
  await new Promise((resolve) => setTimeout(resolve, afterMs));
  expect(child.exitCode, 'it died by itself').toBeNull();
  process.kill(-(child.pid ?? 0), 'SIGKILL');
  await closed;
  return said === '' ? undefined : (JSON.parse(said) as Sight & { readonly recovered: string });
}

function start(folder: string, ...count: readonly number[]) {
  // A group of its own: its checks and reloads die with it, as in the control group of a unit.
  return spawn(process.execPath, [victim, folder, ...count.map(String)], {
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { AWS_EC2_METADATA_SERVICE_ENDPOINT: 'http://127.0.0.1:9' },
  });
}
