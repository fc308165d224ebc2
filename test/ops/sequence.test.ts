import { generateKeyPairSync } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { beforeEach, expect, it } from 'vitest';
import {
  parsePointer,
  printPointer,
  trustedKeyOf,
  verifyPointer,
  verifyRelease,
  type Pointer,
} from '#config-service';
import { opsBench, PAYROLL, TO, type OpsBench } from './ops-bench.ts';

const pair = generateKeyPairSync('ed25519');
const TRUSTED = trustedKeyOf(pair.publicKey.export({ format: 'der', type: 'spki' }));
const ONE = [...TO, '--regions', 'eu-west-1'];
const HERE = [...TO, '--region', 'eu-west-1'];
const CHANGED = { ...PAYROLL, 'role/web/web.yaml': 'workers: 16\n' };

let bench: OpsBench;
let sign: readonly string[];
beforeEach(async () => {
  bench = await opsBench();
  const key = path.join(await bench.folder({ README: '' }), 'release.pem');
  await writeFile(key, pair.privateKey.export({ format: 'pem', type: 'pkcs8' }));
  sign = ['--sign', key];
});

function pointer(): Pointer {
  const object = bench.sandbox.getObject('payroll-eu-west-1', 'landfall/current.json');
  const parsed = parsePointer(object?.body ?? Buffer.from(''), 'eu-west-1', 'pointer');
  if (parsed.kind === 'invalid') throw new Error(parsed.fault.cause);
  return parsed.pointer;
}

/** As an instance that trusts the key would see it; undefined: nobody vouches. */
function sequence(): number | undefined {
  const verified = verifyPointer(pointer(), TRUSTED ? [TRUSTED] : [], 'pointer');
  return verified.kind === 'ok' ? verified.value : undefined;
}

async function publish(files: Readonly<Record<string, string>>, ...more: readonly string[]): Promise<void> {
  const ran = await bench.run('publish', await bench.folder(files), ...ONE, ...more);
  expect(ran, ran.err).toMatchObject({ code: 0 });
  await bench.clock.advance(60_000);
}

it('rises with every pointer that is signed, whatever the clock says', async () => {
  await publish(PAYROLL, ...sign);
  const first = sequence() ?? 0;
  expect(first).toBeGreaterThan(0);
  await publish(CHANGED, ...sign);
  const second = sequence() ?? 0;
  expect(second).toBeGreaterThan(first);
  bench.context = { ...bench.context, clock: { ...bench.context.clock, now: () => 1000 } };
  expect((await bench.run('publish', await bench.folder(PAYROLL), ...ONE, ...sign)).code).toBe(0);
  expect(sequence()).toBe(second + 1);
});

it('does not go on from a sequence that somebody else wrote', async () => {
  await publish(PAYROLL, ...sign);
  const before = sequence() ?? 0;
  const highest = { ...pointer(), sequence: Number.MAX_SAFE_INTEGER };
  bench.sandbox.putObject('payroll-eu-west-1', 'landfall/current.json', printPointer(highest));
  await publish(CHANGED, ...sign);
  expect(sequence()).toBe(before + 60_000);
});

it('is given to what stands signed and has none', async () => {
  await publish(PAYROLL, ...sign);
  const { sequence: _, signatures: __, ...before } = pointer();
  bench.sandbox.putObject('payroll-eu-west-1', 'landfall/current.json', printPointer(before));
  const ran = await bench.run('publish', await bench.folder(PAYROLL), ...ONE, ...sign);
  expect(ran).toMatchObject({ code: 0, out: expect.stringContaining('its pointer is signed anew') });
  expect(pointer().stable).toEqual(before.stable);
  expect(sequence()).toBeGreaterThan(0);
});

it('a rollback of what is signed needs the key, and makes a newer pointer to the older release', async () => {
  await publish(PAYROLL, ...sign);
  const old = pointer().stable;
  await publish(CHANGED, ...sign);
  const before = sequence() ?? 0;
  const unsigned = await bench.run('rollback', ...HERE);
  expect(unsigned).toMatchObject({ code: 2, err: expect.stringContaining('--sign') });
  expect(sequence()).toBe(before);
  expect((await bench.run('rollback', ...HERE, ...sign)).code).toBe(0);
  expect(pointer().stable).toEqual(old);
  expect(sequence()).toBeGreaterThan(before);
});

it('a rollback without the key goes where it is told to, and says so to nobody who trusts keys', async () => {
  await publish(PAYROLL, ...sign);
  await publish(CHANGED, ...sign);
  expect((await bench.run('rollback', ...HERE, '--unsigned')).code).toBe(0);
  expect(sequence()).toBeUndefined();
});

it('lends the key to no record that it has not signed', async () => {
  await publish(PAYROLL);
  const planted = pointer().stable.id;
  await publish(CHANGED, ...sign);
  const refused = await bench.run('rollback', planted, ...HERE, ...sign);
  expect(refused).toMatchObject({ code: 5, err: expect.stringContaining('LF_SIGNATURE_MISSING') });
  expect((await bench.run('rollback', planted, ...HERE, ...sign, '--allow-unsigned')).code).toBe(0);
  expect(TRUSTED && verifyRelease(pointer().stable, 'eu-west-1', [TRUSTED], 'here').kind).toBe('ok');
});

it('a halt needs no key and keeps the pointer vouched for', async () => {
  await publish(PAYROLL, ...sign);
  await publish(CHANGED, ...sign, '--rollout', '10%:10h,100%');
  const before = sequence();
  expect(before).toBeGreaterThan(0);
  expect((await bench.run('halt', ...HERE)).code).toBe(0);
  expect(pointer().candidate?.halted).toBeDefined();
  expect(sequence()).toBe(before);
});
