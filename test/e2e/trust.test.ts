import { setTimeout as sleep } from 'node:timers/promises';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { parsePointer, sha256Hex, verifyPointer, verifyRelease } from '#config-service';
import { tarOf } from '../support/archives.ts';
import { randomFrom } from '../support/random.ts';
import type { Citizen } from './citizen.ts';
import { Operator, type OperatorRan } from './operator.ts';
import { BUCKET, Payroll, REGION, SOURCE } from './payroll.ts';

const HERE = ['--to', SOURCE, '--region', REGION];
const POINTER = 'payroll/current.json';

interface Site {
  readonly payroll: Payroll;
  readonly operator: Operator;
  /** Where the init document puts things. */
  readonly host: string;
  readonly publish: (version: string, ...more: readonly string[]) => Promise<OperatorRan>;
  readonly upload: (content: string) => void;
  readonly start: (base?: string) => Citizen;
}

/** An instance that trusts one key, and a release whose init document fetches a file and an archive. */
async function site(): Promise<Site> {
  const payroll = await Payroll.open({ files: {} });
  const operator = new Operator(payroll.sandbox.url);
  const host = mkdtempSync(join(tmpdir(), 'landfall-trust-'));
  onTestFinished(async () => {
    await payroll[Symbol.asyncDispose]();
    operator[Symbol.dispose]();
    rmSync(host, { recursive: true, force: true });
  });
  const config = {
    sources: { [`${host}/app`]: `s3://${BUCKET}/artefacts/app.tar` },
    files: { [`${host}/from-s3`]: { source: `s3://${BUCKET}/artefacts/file` } },
  };
  operator.write({ 'base/plan.yaml': 'init: init.json\n', 'base/init.json': JSON.stringify({ config }) });
  return {
    payroll,
    operator,
    host,
    publish: (version, ...more) => {
      operator.write({ 'base/app.properties': `version=${version}\n` });
      const args = ['--to', SOURCE, '--regions', REGION, '--sign', operator.key, ...more];
      return operator.run('publish', operator.config, ...args);
    },
    upload: (content) => {
      payroll.sandbox.putObject(BUCKET, 'artefacts/app.tar', tarOf({ 'app.sh': content }));
      payroll.sandbox.putObject(BUCKET, 'artefacts/file', content);
    },
    start: (base) => payroll.start({ env: operator.trustedKeys, ...(base === undefined ? {} : { base }) }),
  };
}

const installed = (host: string): readonly string[] =>
  [join(host, 'app/app.sh'), join(host, 'from-s3')].map((path) =>
    existsSync(path) ? readFileSync(path, 'utf8') : 'nothing',
  );

async function stopped(citizen: Citizen): Promise<string> {
  citizen.agent.signal('SIGTERM');
  await citizen.agent.exited();
  return citizen.base;
}

describe('where trusted keys are set, objects outside of the release', () => {
  it('are installed as they were when it was signed, and as nothing else', async () => {
    const { host, publish, upload, start } = await site();
    upload('good');
    expect(await publish('1')).toMatchObject({ code: 0 });
    const citizen = await start().ready();
    expect(installed(host)).toEqual(['good', 'good']);

    upload('evil');
    const base = await stopped(citizen);
    const again = start(base);
    await again.fails('LF_DIGEST_MISMATCH');
    expect(installed(host)).toEqual(['good', 'good']);
    await again.kill();

    // Another instance, which has nothing yet.
    for (const path of [join(host, 'app'), join(host, 'from-s3')]) rmSync(path, { recursive: true });
    const fresh = start();
    const failure = await fresh.fails('LF_DIGEST_MISMATCH');
    expect(failure['hint']).toContain('publish again');
    expect(installed(host)).toEqual(['nothing', 'nothing']);

    // The operator meant it.
    expect(await publish('1')).toMatchObject({ code: 0 });
    await fresh.ready();
    expect(installed(host)).toEqual(['evil', 'evil']);
  });

  it('that nobody vouched for are refused, and taken once a release vouches for them', async () => {
    const { host, publish, upload, start } = await site();
    const early = await publish('1');
    expect(early).toMatchObject({ code: 5, said: expect.stringContaining('LF_OBJECT_UNVOUCHED') });
    expect(await publish('1', '--allow-unvouched')).toMatchObject({ code: 0 });
    upload('good');
    const citizen = start();
    const failure = await citizen.fails('LF_OBJECT_UNVOUCHED');
    expect(failure['hint']).toContain('publish again');
    expect(installed(host)).toEqual(['nothing', 'nothing']);
    expect(await publish('1')).toMatchObject({ code: 0 });
    await citizen.ready();
    expect(installed(host)).toEqual(['good', 'good']);
  });
});

describe('a signed pointer that is put back', () => {
  it('is refused, also after kill -9 and after a stop and start; a signed rollback is followed', async () => {
    const { payroll, operator, publish, upload, start } = await site();
    const { sandbox, instance } = payroll;
    upload('good');
    await publish('1');
    const old = sandbox.getObject(BUCKET, POINTER)?.body ?? '';
    const citizen = await start().ready();
    // Names of releases count seconds, and decide once the trail of the second is gone with its pointer.
    await sleep(1100);
    await publish('2');
    await citizen.serves('version', '2');

    sandbox.putObject(BUCKET, POINTER, old);
    const failure = await citizen.fails('LF_RELEASE_OLDER');
    expect(failure['hint']).toContain('landfall-ops rollback --sign');
    expect((await citizen.properties())['version']).toBe('2');

    await citizen.kill();
    const again = await payroll.restart(citizen, { env: operator.trustedKeys }).ready();
    await again.fails('LF_RELEASE_OLDER');
    expect((await again.cli('doctor')).stdout).toMatch(/failure +source .*LF_RELEASE_OLDER/);
    expect((await again.properties())['version'], 'the last known good stands in').toBe('2');
    await again.kill();

    // Another signature, by which nothing that is sealed opens: there is no last known good.
    const { instanceId, imageId, region, tags } = instance;
    const started = await payroll.launchAgain({ region, imageId, tags: Object.fromEntries(tags) }, true);
    expect(started.instanceId).toBe(instanceId);
    const later = payroll.restart(citizen, { env: operator.trustedKeys, imdsUrl: started.imdsUrl });
    await later.fails('LF_RELEASE_OLDER');
    expect((await later.ask('/readyz')).status).toBe(503);

    await publish('3');
    await later.serves('version', '3');
    const back = await operator.run('rollback', ...HERE, '--sign', operator.key);
    expect(back, back.said).toMatchObject({ code: 0 });
    await later.serves('version', '2');
  });

  it('is followed by an instance that has no memory, unless it is told how old is too old', async () => {
    const { payroll, operator, publish, upload, start } = await site();
    const { sandbox } = payroll;
    upload('good');
    await publish('1');
    const old = sandbox.getObject(BUCKET, POINTER)?.body ?? '';
    await publish('2');
    const { sequence } = JSON.parse(String(sandbox.getObject(BUCKET, POINTER)?.body)) as { sequence: number };
    sandbox.putObject(BUCKET, POINTER, old);
    const newcomer = await start().ready();
    expect((await newcomer.properties())['version']).toBe('1');
    // The setting counts whole seconds, and both may be of the same.
    const later = new Date(sequence + 1000).toISOString();
    const env = { ...operator.trustedKeys, LANDFALL_NOT_OLDER_THAN: later };
    const told = await payroll.finish({ env });
    expect(told).toMatchObject({ code: 5, stderr: expect.stringContaining('LF_RELEASE_OLDER') });
  });
});

const KILLS = 24;

it(
  `a signed publication killed with -9 at any of ${KILLS} instants leaves a pointer whose every digest is right`,
  { timeout: 180_000 },
  async () => {
    const { payroll, operator, publish, upload } = await site();
    const { sandbox } = payroll;
    const random = randomFrom(5263);
    upload('round 0');
    const started = performance.now();
    expect(await publish('0')).toMatchObject({ code: 0 });
    const whole = performance.now() - started;
    let before = vouched(payroll, operator).sequence;
    for (let round = 1; round <= KILLS; round += 1) {
      operator.write({ 'base/app.properties': `version=${round}\n` });
      upload(`round ${round}`);
      const args = ['--to', SOURCE, '--regions', REGION, '--sign', operator.key];
      await operator.runAndKill(whole * (0.3 + random() * 0.7), 'publish', operator.config, ...args);
      const { sequence, objects } = vouched(payroll, operator);
      expect(sequence).toBeGreaterThanOrEqual(before);
      expect(objects, `all of one round, after round ${round}`).toHaveLength(2);
      if (sequence > before)
        expect(objects).toEqual([
          sha256Hex(tarOf({ 'app.sh': `round ${round}` })),
          sha256Hex(`round ${round}`),
        ]);
      before = sequence;
    }
    expect(await publish(String(KILLS))).toMatchObject({ code: 0 });
    expect(vouched(payroll, operator).objects[1]).toBe(sha256Hex(`round ${KILLS}`));
    expect(sandbox.getObject(BUCKET, POINTER)).toBeDefined();
  },
);

/** @throws when an instance would not follow the pointer. */
function vouched(
  { sandbox }: Payroll,
  { trusted }: Operator,
): { readonly sequence: number; readonly objects: readonly string[] } {
  const parsed = parsePointer(sandbox.getObject(BUCKET, POINTER)?.body ?? Buffer.of(), REGION, POINTER);
  if (parsed.kind === 'invalid') throw new Error(parsed.fault.cause);
  const { pointer } = parsed;
  const verified = verifyPointer(pointer, [trusted], POINTER);
  if (verified.kind !== 'ok' || verified.value === undefined)
    throw new Error('nobody vouches for the pointer');
  expect(verifyRelease(pointer.stable, REGION, [trusted], POINTER).kind).toBe('ok');
  return {
    sequence: verified.value,
    objects: [...(pointer.stable.objects ?? [])].map(([, { sha256 }]) => sha256),
  };
}
