import { generateKeyPairSync } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { beforeEach, expect, it } from 'vitest';
import { parsePointer, printTrustedKey, trustedKeyOf, verifyRelease, type Release } from '#config-service';
import { BOTH, opsBench, PAYROLL, type OpsBench } from './ops-bench.ts';

const { privateKey, publicKey } = generateKeyPairSync('ed25519');
const TRUSTED = trustedKeyOf(publicKey.export({ format: 'der', type: 'spki' }));

let bench: OpsBench;
let key: string;
beforeEach(async () => {
  bench = await opsBench();
  key = path.join(await bench.folder({ 'keys/README': '' }), 'release.pem');
  await writeFile(key, privateKey.export({ format: 'pem', type: 'pkcs8' }));
});

function published(region: string): Release {
  const object = bench.sandbox.getObject(`payroll-${region}`, 'landfall/current.json');
  const parsed = parsePointer(object?.body ?? Buffer.from(''), region, 'pointer');
  if (parsed.kind === 'invalid') throw new Error(parsed.fault.cause);
  return parsed.pointer.stable;
}

function isVouchedFor(release: Release, region: string): boolean {
  return TRUSTED !== undefined && verifyRelease(release, region, [TRUSTED], 'here').kind === 'ok';
}

it('signs for each region, and no signature is good in another', async () => {
  const ran = await bench.run('publish', await bench.folder(PAYROLL), ...BOTH, '--sign', key);
  expect(ran).toMatchObject({ code: 0 });
  expect(ran.out).toContain(`LANDFALL_TRUSTED_KEYS=${TRUSTED && printTrustedKey(TRUSTED)}`);
  const [ireland, virginia] = [published('eu-west-1'), published('us-east-1')];
  expect(isVouchedFor(ireland, 'eu-west-1')).toBe(true);
  expect(isVouchedFor(virginia, 'us-east-1')).toBe(true);
  expect(isVouchedFor(ireland, 'us-east-1')).toBe(false);
});

it('publishes content that stands unsigned once more, to sign it, and then leaves it', async () => {
  const folder = await bench.folder(PAYROLL);
  await bench.run('publish', folder, ...BOTH);
  const unsigned = published('eu-west-1').id;
  await bench.clock.advance(60_000);
  await bench.run('publish', folder, ...BOTH, '--sign', key);
  const signed = published('eu-west-1');
  expect(isVouchedFor(signed, 'eu-west-1')).toBe(true);
  expect(signed.id, 'the record of the unsigned one stays what it is').not.toBe(unsigned);
  await bench.clock.advance(60_000);
  await bench.run('publish', folder, ...BOTH, '--sign', key);
  expect(published('eu-west-1').id).toBe(signed.id);
});

it('refuses a key that is missing or no key', async () => {
  const folder = await bench.folder(PAYROLL);
  expect((await bench.run('publish', folder, ...BOTH, '--sign', '/nowhere.pem')).code).toBe(2);
  expect(
    (await bench.run('publish', folder, ...BOTH, '--sign', path.join(folder, 'base/plan.yaml'))).code,
  ).toBe(2);
});
