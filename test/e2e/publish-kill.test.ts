import { execFile, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parsePointer, sha256Hex, objectKey, type Release } from '#config-service';
import { startSandbox, type Sandbox } from '../../scripts/sandbox/sandbox.ts';
import { randomFrom } from '../support/random.ts';

const OPS = resolve('dist/landfall-ops');
const ROUNDS = 80;
const SEED = 5263;
const REGIONS = ['us-east-1', 'eu-west-1'] as const;
const LAYERS = ['base', 'role/web', 'environment/prod'];

let sandbox: Sandbox;
let folder: string;

beforeAll(async () => {
  if (!existsSync(OPS)) throw new Error('dist/landfall-ops is missing: run `npm run build` first');
  sandbox = await startSandbox();
  for (const region of REGIONS) sandbox.addBucket({ name: `acme-${region}`, region });
  folder = mkdtempSync(join(tmpdir(), 'landfall-publish-'));
});

afterAll(async () => {
  await sandbox.close();
  rmSync(folder, { recursive: true, force: true });
});

function write(version: number): void {
  for (const layer of LAYERS) {
    mkdirSync(join(folder, layer), { recursive: true });
    const key = layer.replaceAll('/', '.');
    writeFileSync(join(folder, layer, 'app.properties'), `${key}=v${version}\n`);
  }
}

function command(): { readonly args: string[]; readonly env: NodeJS.ProcessEnv } {
  const args = ['publish', folder, '--to', 's3://acme-{region}/payroll', '--regions', REGIONS.join(',')];
  const keys = { AWS_ACCESS_KEY_ID: 'sandbox', AWS_SECRET_ACCESS_KEY: 'sandbox' };
  return { args, env: { ...keys, AWS_ENDPOINT_URL: sandbox.url, HOME: folder, PATH: '/usr/bin:/bin' } };
}

async function publish(): Promise<number> {
  const { args, env } = command();
  const started = performance.now();
  await new Promise<void>((done, failed) => {
    execFile(OPS, args, { env }, (error, stdout, stderr) => {
      if (error) failed(new Error(`${stdout}${stderr}`));
      else done();
    });
  });
  return performance.now() - started;
}

async function publishAndKill(afterMs: number): Promise<void> {
  const { args, env } = command();
  const child = spawn(OPS, args, { env, stdio: 'ignore' });
  const gone = new Promise<void>((done) => void child.once('close', () => done()));
  await Promise.race([sleep(afterMs), gone]);
  child.kill('SIGKILL');
  await gone;
}

/** The one version that all files of the region's release have; each is there and is what the manifest says. */
function wholeVersion(region: string): number {
  const bucket = `acme-${region}`;
  const pointer = sandbox.getObject(bucket, 'payroll/current.json');
  if (!pointer) throw new Error(`${region} has no pointer`);
  const parsed = parsePointer(pointer.body, region, `s3://${bucket}/payroll/current.json`);
  if (parsed.kind !== 'valid') throw new Error(`the pointer of ${region} is ${parsed.kind}`);
  const { stable } = parsed.pointer;
  const versions = new Set(
    filesOf(stable).map(({ layer, sha256 }) => {
      const object = sandbox.getObject(bucket, `payroll/${objectKey(layer, sha256)}`);
      expect(object, `${region} ${layer}`).toBeDefined();
      expect(sha256Hex(object?.body ?? '')).toBe(sha256);
      return /=v(\d+)\n$/.exec(String(object?.body))?.[1];
    }),
  );
  expect(versions.size).toBe(1);
  return Number([...versions][0]);
}

function filesOf(release: Release): readonly { readonly layer: string; readonly sha256: string }[] {
  return [...release.layers].flatMap(([layer, files]) => files.map(({ sha256 }) => ({ layer, sha256 })));
}

it(
  `publish killed with -9 at any of ${ROUNDS} instants leaves the old release or the new, in each region`,
  {
    timeout: 180_000,
  },
  async () => {
    const random = randomFrom(SEED);
    write(0);
    const whole = await publish();
    const stands = new Map<string, number>(REGIONS.map((region) => [region, 0]));
    let between = 0;
    for (let round = 1; round <= ROUNDS; round += 1) {
      write(round);
      await publishAndKill(whole * (0.4 + random() * 0.6));
      for (const region of REGIONS) {
        const version = wholeVersion(region);
        expect([stands.get(region), round], `${region} in round ${round}`).toContain(version);
        stands.set(region, version);
      }
      if (stands.get('us-east-1') !== stands.get('eu-west-1')) between += 1;
    }
    console.log(`${ROUNDS} kills: ${between} between two regions, never within one`);
    await publish();
    expect(REGIONS.map(wholeVersion)).toEqual([ROUNDS, ROUNDS]);
  },
);
