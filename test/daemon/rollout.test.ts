import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BootTimes } from '#agent/daemon/runtime/boot-times.ts';
import { startDaemon, type Daemon } from '#agent/daemon/daemon.ts';
import { loadSettings } from '#agent/settings/settings.ts';
import { systemClock } from '#kit/clock.ts';
import { silentLogger } from '#kit/logger.ts';
import type { Outcome } from '#kit/outcome.ts';
import { startSandbox, type Sandbox } from '#scripts/sandbox/sandbox.ts';
import { parseHealth } from '../../config-service/release/health.ts';
import { printPointer, type Pointer } from '../../config-service/release/pointer.ts';
import { signRelease } from '../../config-service/release/signing.ts';
import { printTrustedKey } from '../../config-service/release/trusted-key.ts';
import { valueOf, verdictOf } from '../support/fetching.ts';
import { candidateOf, objectsOf, releaseOf, type Contents } from '../support/release-fixture.ts';
import { fileSigner } from '../support/release-keys.ts';

const REGION = 'eu-west-1';
const BUCKET = 'config';
const ID = 'i-0123456789abcdef0';
const OLD = { base: { 'app.properties': 'a=1' } };
const NEW = { base: { 'app.properties': 'a=2' } };
const BROKEN = { base: { 'app.properties': 'a=${no.such.key}' } };
const BLANK = { base: { 'app.properties': '' } };

let folder: string;
let sandbox: Sandbox;
let imdsUrl: string;
let daemon: Daemon | undefined;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'landfall-rollout-'));
  sandbox = await startSandbox();
  const tags = { role: 'web', environment: 'prod' };
  const instance = await sandbox.addInstance({ region: REGION, instanceId: ID, tags, tagsInMetadata: true });
  imdsUrl = instance.imdsUrl;
  sandbox.addBucket({ name: BUCKET, region: REGION });
});
afterEach(async () => {
  await stop();
  await sandbox.close();
  await rm(folder, { recursive: true });
});

function upload(...contents: readonly Contents[]): void {
  for (const [key, text] of contents.flatMap(objectsOf)) sandbox.putObject(BUCKET, `p/${key}`, text);
}

function point(pointer: Omit<Pointer, 'region'>): void {
  sandbox.putObject(BUCKET, 'p/current.json', printPointer({ region: REGION, ...pointer }));
}

async function start(more: Readonly<Record<string, string>> = {}, mode: 'run' | 'bootstrap' = 'run') {
  const env = {
    AWS_EC2_METADATA_SERVICE_ENDPOINT: imdsUrl,
    AWS_ENDPOINT_URL: sandbox.url,
    LANDFALL_SOURCE: `s3://${BUCKET}/p`,
    LANDFALL_STATE_DIR: join(folder, 'state'),
    LANDFALL_RUN_DIR: join(folder, 'run'),
    LANDFALL_LISTEN: '',
    LANDFALL_INTERVAL: '7d',
    ...more,
  };
  const settings = valueOf(loadSettings({ env, configFile: undefined, flags: {} }));
  const host = {
    env,
    version: '1.2.3',
    pid: process.pid,
    uid: process.geteuid?.() ?? 0,
    clock: systemClock,
    random: Math.random,
    logger: silentLogger,
    residentBytes: () => 0,
    boot: new BootTimes(() => ({ ms: 0, cpuMs: 0 }), 0),
    kill: (pid: number, signal: NodeJS.Signals | 0) => void process.kill(pid, signal),
  };
  const stopping = new AbortController();
  daemon = valueOf(await startDaemon({ settings, host, mode, stop: stopping.signal }));
  return daemon;
}

async function stop(): Promise<void> {
  await daemon?.close(4000);
  daemon = undefined;
}

function released(outcome: Outcome<{ readonly release: string | null }>): string | null {
  return valueOf(outcome).release;
}

const rollout = (running: Daemon) => running.status()['rollout'];

function healthOf(release: string): string | undefined {
  const object = sandbox.getObject(BUCKET, `p/health/${release}/${ID}.json`);
  const health = object && parseHealth(object.body);
  return health?.ok === true ? 'ok' : (health?.code ?? undefined);
}

describe('an instance in a rollout', () => {
  it('takes the candidate, goes back when it is halted, and reports on both', async () => {
    upload(OLD, NEW);
    const candidate = candidateOf('r2', undefined, NEW);
    point({ stable: releaseOf('r1', OLD), candidate: { ...candidate, startedAt: '2020-01-01T00:00:00Z' } });
    const running = await start();
    expect(released(await running.booted)).toBe('r2');
    expect(rollout(running)).toMatchObject({ track: 'candidate', stable: 'r1', candidate: { percent: 100 } });

    const halted = { at: '2026-11-21T04:00:00Z', reason: 'errors' };
    point({
      stable: releaseOf('r1', OLD),
      candidate: { ...candidate, startedAt: '2020-01-01T00:00:00Z', halted },
    });
    valueOf(await running.refresh());
    expect(running.status()).toMatchObject({
      generation: { release: 'r1' },
      rollout: { track: 'stable', candidate: { release: 'r2', percent: 0, halted }, refused: [] },
    });
    await stop();
    expect([healthOf('r1'), healthOf('r2')]).toEqual(['ok', 'ok']);
  });

  it.each([
    ['LF_REFERENCE_UNKNOWN', BROKEN],
    ['LF_SOURCE_EMPTY', BLANK],
  ])(
    'takes the stable release at its first boot when the candidate is %s, and stays there',
    async (code, bad) => {
      upload(OLD, bad);
      const candidate = { ...candidateOf('r2', undefined, bad), startedAt: '2020-01-01T00:00:00Z' };
      point({ stable: releaseOf('r1', OLD), candidate });
      const booting = await start({}, 'bootstrap');
      expect(released(await booting.booted)).toBe('r1');
      await stop();
      expect([healthOf('r1'), healthOf('r2')]).toEqual(['ok', code]);

      // Known after a restart, and asked for no more: one GET of the pointer, one of the stable release's only file.
      sandbox.requests.clear();
      const running = await start();
      expect(released(await running.booted)).toBe('r1');
      const gets = sandbox.requests.entries.filter(({ operation }) => operation === 'GetObject');
      expect(gets).toHaveLength(2);
      expect(rollout(running)).toMatchObject({
        track: 'stable',
        refused: [{ release: 'r2', code }],
      });
      valueOf(await running.refresh());
      expect(sandbox.requests.entries.filter(({ operation }) => operation === 'GetObject')).toHaveLength(3);
    },
  );
});

describe('an instance with trusted keys', () => {
  const signer = fileSigner();
  const next = fileSigner();
  const LANDFALL_TRUSTED_KEYS = [signer, next].map(({ publicKey }) => printTrustedKey(publicKey)).join(',');

  it('takes what one of them has signed', async () => {
    upload(OLD);
    point({ stable: await signRelease(releaseOf('r1', OLD), REGION, next) });
    const running = await start({ LANDFALL_TRUSTED_KEYS });
    expect(released(await running.booted)).toBe('r1');
  });

  it('keeps what it has when an unsigned release comes, and boots from none', async () => {
    upload(OLD, NEW);
    point({ stable: await signRelease(releaseOf('r1', OLD), REGION, signer) });
    const running = await start({ LANDFALL_TRUSTED_KEYS });
    expect(released(await running.booted)).toBe('r1');
    point({ stable: releaseOf('r2', NEW) });
    expect(verdictOf(await running.refresh())).toBe('fail LF_SIGNATURE_MISSING');
    expect(running.status()).toMatchObject({ ready: true, generation: { release: 'r1' } });
    await stop();

    const other = { LANDFALL_STATE_DIR: join(folder, 'other') };
    const booting = await start({ LANDFALL_TRUSTED_KEYS, ...other }, 'bootstrap');
    expect(verdictOf(await booting.booted)).toBe('fail LF_SIGNATURE_MISSING');
  });

  it.each(['tree', 'auto'])('refuses plain folders in layout %s', async (LANDFALL_LAYOUT) => {
    sandbox.putObject(BUCKET, 'p/base/app.properties', 'a=1');
    const booting = await start({ LANDFALL_TRUSTED_KEYS, LANDFALL_LAYOUT }, 'bootstrap');
    expect(verdictOf(await booting.booted)).toBe('fail LF_SIGNATURE_MISSING');
  });

  it('takes nothing at all when one of the keys cannot be read', async () => {
    upload(OLD);
    point({ stable: releaseOf('r1', OLD) });
    const booting = await start({ LANDFALL_TRUSTED_KEYS: 'ed25519:short' }, 'bootstrap');
    expect(verdictOf(await booting.booted)).toBe('fail LF_SETTINGS');
  });
});
