import { generateKeyPairSync } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { sha256Hex } from '#config-service';
import { opsBench, TO, type OpsBench } from './ops-bench.ts';

const { privateKey } = generateKeyPairSync('ed25519');
const PEM = privateKey.export({ format: 'pem', type: 'pkcs8' });
const BUCKET = 'payroll-eu-west-1';
const ONE = [...TO, '--regions', 'eu-west-1'];

const document = (config: object): string => JSON.stringify({ config });
const FOLDER = {
  'base/app.properties': 'a = 1\n',
  'base/plan.yaml': 'init: init.json\n',
  'base/init.json': document({ sources: { '/opt/app': `s3://${BUCKET}/app.tgz` } }),
  'role/web/plan.yaml': 'init: { web: web.json }\n',
  'role/web/web.json': document({
    files: { '/etc/f': { source: `https://${BUCKET}.s3.eu-west-1.amazonaws.com/a%20b` } },
  }),
  'instance/i-0abc/plan.yaml': 'init: { own: own.json }\n',
  'instance/i-0abc/own.json': document({ packages: { rpm: { own: `s3://${BUCKET}/own.rpm` } } }),
};

let bench: OpsBench;
let sign: readonly string[];
beforeEach(async () => {
  bench = await opsBench();
  const key = path.join(await bench.folder({ README: '' }), 'release.pem');
  await writeFile(key, PEM);
  sign = ['--sign', key];
});

function put(key: string, body: string): void {
  bench.sandbox.putObject(BUCKET, key, body);
}

/** What the stable release vouches for. */
function objects(): unknown {
  return (bench.pointer('eu-west-1')?.stable as { objects?: unknown } | undefined)?.objects;
}

const digest = (text: string) => ({ sha256: sha256Hex(text), size: text.length });

describe('a signed publication', () => {
  it('asks for what lies in a bucket of another account as that of the owner in the plan', async () => {
    bench.sandbox.addBucket({ name: 'shared', region: 'eu-west-1', owner: '210987654321' });
    bench.sandbox.putObject('shared', 'tool', 'tool');
    const folder = await bench.folder({
      'base/app.properties': 'a = 1\n',
      'base/plan.yaml': 'buckets: { shared: { owner: "210987654321" } }\n',
      'role/web/plan.yaml': 'init: init.json\n',
      'role/web/init.json': document({ files: { '/opt/tool': { source: 's3://shared/tool' } } }),
    });
    const ran = await bench.run('publish', folder, ...ONE, ...sign, '--owner', '123456789012');
    expect(ran).toMatchObject({ code: 0, err: '' });
    expect(objects()).toEqual({ 's3://shared/tool': digest('tool') });
  });

  it('vouches for all that init documents fetch, of every layer and spelling', async () => {
    for (const [key, body] of [
      ['app.tgz', 'archive'],
      ['a b', 'file'],
      ['own.rpm', 'package'],
    ] as const)
      put(key, body);
    const ran = await bench.run('publish', await bench.folder(FOLDER), ...ONE, ...sign);
    expect(ran).toMatchObject({ code: 0, err: '' });
    expect(objects()).toEqual({
      [`s3://${BUCKET}/a b`]: digest('file'),
      [`s3://${BUCKET}/app.tgz`]: digest('archive'),
      [`s3://${BUCKET}/own.rpm`]: digest('package'),
    });
  });

  it('is refused while an object is not there, and names all of them', async () => {
    put('app.tgz', 'archive');
    const ran = await bench.run('publish', await bench.folder(FOLDER), ...ONE, ...sign);
    expect(ran.code).toBe(5);
    expect(ran.err).toContain('LF_OBJECT_UNVOUCHED');
    expect(ran.err).toContain(
      `instance/i-0abc, init.own fetches s3://${BUCKET}/own.rpm in eu-west-1: there is no such object`,
    );
    expect(ran.err).toContain(`role/web, init.web fetches s3://${BUCKET}/a b`);
    expect(bench.keys('eu-west-1'), 'nothing was written').toEqual(['app.tgz']);
  });

  it('goes on with what can be vouched for when it is told so, and says what cannot', async () => {
    put('app.tgz', 'archive');
    const ran = await bench.run('publish', await bench.folder(FOLDER), ...ONE, ...sign, '--allow-unvouched');
    expect(ran.code).toBe(0);
    expect(ran.err).toContain('own.rpm');
    expect(objects()).toEqual({ [`s3://${BUCKET}/app.tgz`]: digest('archive') });
  });

  it('says that it may not read one, and in which bucket', async () => {
    for (const key of ['app.tgz', 'a b', 'own.rpm']) put(key, 'x');
    bench.sandbox.faults.add({
      service: 's3',
      operation: 'GetObject',
      path: `/${BUCKET}/own.rpm`,
      effect: { status: 403, code: 'AccessDenied' },
    });
    const ran = await bench.run('publish', await bench.folder(FOLDER), ...ONE, ...sign);
    expect(ran).toMatchObject({ code: 5, err: expect.stringContaining('S3 denies it') });
  });

  it.each(['truncate', 'lose', 'reset'] as const)('vouches for no half of an object (%s)', async (effect) => {
    for (const key of ['app.tgz', 'a b', 'own.rpm']) put(key, 'x'.repeat(100_000));
    bench.sandbox.faults.add({
      service: 's3',
      operation: 'GetObject',
      path: `/${BUCKET}/own.rpm`,
      effect,
    });
    const folder = await bench.folder(FOLDER);
    const ran = await bench.run('publish', folder, ...ONE, ...sign);
    expect(ran).toMatchObject({ code: 4, err: expect.stringContaining('LF_SOURCE_UNREACHABLE') });
    const told = await bench.run('publish', folder, ...ONE, ...sign, '--allow-unvouched');
    expect(told.code, 'what passes is waited for, and not left out').toBe(4);
    expect(bench.pointer('eu-west-1')).toBeUndefined();
  });

  it('is another release when an object changed, and the same when none did', async () => {
    for (const key of ['app.tgz', 'a b', 'own.rpm']) put(key, 'one');
    const folder = await bench.folder(FOLDER);
    await bench.run('publish', folder, ...ONE, ...sign);
    const first = bench.pointer('eu-west-1')?.stable.id;
    await bench.clock.advance(60_000);
    await bench.run('publish', folder, ...ONE, ...sign);
    expect(bench.pointer('eu-west-1')?.stable.id).toBe(first);
    put('app.tgz', 'two');
    await bench.clock.advance(60_000);
    expect((await bench.run('publish', folder, ...ONE, ...sign)).code).toBe(0);
    expect(bench.pointer('eu-west-1')?.stable.id).not.toBe(first);
    expect(objects()).toMatchObject({ [`s3://${BUCKET}/app.tgz`]: digest('two') });
  });

  it('refuses more objects than a release may hold before it reads one', async () => {
    const many = Object.fromEntries(
      Array.from({ length: 1001 }, (_, index) => [`/etc/f${index}`, { source: `s3://${BUCKET}/${index}` }]),
    );
    const folder = await bench.folder({
      'base/plan.yaml': 'init: init.json\n',
      'base/init.json': document({ files: many }),
    });
    const ran = await bench.run('publish', folder, ...ONE, ...sign);
    expect(ran).toMatchObject({ code: 5, err: expect.stringContaining('1001 objects') });
  });
});

describe('a publication that is not signed', () => {
  it('reads no object, vouches for none, and leaves a signed one of the same content alone', async () => {
    for (const key of ['app.tgz', 'a b', 'own.rpm']) put(key, 'one');
    const folder = await bench.folder(FOLDER);
    await bench.run('publish', folder, ...ONE, ...sign);
    const signed = bench.pointer('eu-west-1');
    await bench.clock.advance(60_000);
    expect(await bench.run('publish', folder, ...ONE)).toMatchObject({ code: 0, err: '' });
    expect(bench.pointer('eu-west-1')).toEqual(signed);
    const other = await bench.folder({ ...FOLDER, 'base/app.properties': 'a = 2\n' });
    const ran = await bench.run('publish', other, ...ONE);
    expect(ran).toMatchObject({
      code: 0,
      err: expect.stringContaining('eu-west-1 runs a signed release, and this one is not'),
    });
    expect(objects()).toBeUndefined();
  });
});
