import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { beforeEach, describe, expect, it } from 'vitest';
import { createFetchTable } from '#agent/daemon/configuration/address-table.ts';
import { printTrustedKey, signerOfPem } from '#config-service';
import { ok } from '#kit/outcome.ts';
import { generateKeyPairSync } from 'node:crypto';
import { valueOf } from '../support/fetching.ts';
import { BOTH, opsBench, type OpsBench } from './ops-bench.ts';

const PUBLISHED = new URL('../region/fixtures/ip-ranges.json', import.meta.url).pathname;
const KEY = 'landfall/ip-ranges.packed';
const SIGNAL = new AbortController().signal;

let bench: OpsBench;
beforeEach(async () => {
  bench = await opsBench();
});

const body = (region = 'eu-west-1'): Buffer =>
  bench.sandbox.buckets
    .get(`payroll-${region}`)
    ?.sorted()
    .find(({ key }) => key === KEY)?.body ?? Buffer.alloc(0);
/** What an agent makes of the object. */
const agentReads = (trustedKeys: readonly string[]) =>
  createFetchTable('', trustedKeys, () => ({
    address: 's3://payroll-eu-west-1/landfall',
    source: { fetch: async () => Promise.reject(new Error('not asked')) },
    read: async (name) =>
      ok(name === 'ip-ranges.packed' ? { kind: 'found', bytes: body(), etag: 'e' } : { kind: 'absent' }),
  }))(undefined, SIGNAL);

describe('landfall-ops ip-ranges', () => {
  it('puts the table, packed, to the releases of each region, and says so of one that is there', async () => {
    const ran = await bench.run('ip-ranges', PUBLISHED, ...BOTH);
    expect(ran).toMatchObject({ code: 0, err: '' });
    expect(ran.out).toMatch(
      /^eu-west-1 +s3:\/\/payroll-eu-west-1\/landfall\/ip-ranges\.packed +0\.\d KiB +written$/m,
    );
    expect(ran.out).toContain('The table of 2026-08-22T15:17:05Z, 21 networks.');
    expect(body().equals(body('us-east-1'))).toBe(true);
    expect(await agentReads([])).toMatchObject({ value: { kind: 'found', ranges: { prefixes: 21 } } });
    expect((await bench.run('ip-ranges', PUBLISHED, ...BOTH)).out.match(/there already/g)).toHaveLength(2);
  });

  it('signs it, and agents with trusted keys take no other', async () => {
    const { privateKey } = generateKeyPairSync('ed25519');
    const pem = privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
    const file = join(await bench.folder({ 'key.pem': pem }), 'key.pem');
    const key = printTrustedKey(valueOf(signerOfPem(pem)).publicKey);
    await bench.run('ip-ranges', PUBLISHED, ...BOTH);
    expect(await agentReads([key])).toMatchObject({ kind: 'fail', fault: { code: 'LF_SIGNATURE_MISSING' } });
    const signed = await bench.run('ip-ranges', PUBLISHED, ...BOTH, '--sign', file);
    expect(signed.out).toContain('21 networks, signed.');
    expect(await agentReads([key])).toMatchObject({ value: { kind: 'found', ranges: { prefixes: 21 } } });
    expect((await bench.run('ip-ranges', PUBLISHED, ...BOTH, '--sign', file)).out).toContain('there already');
  });

  it('puts none in the place of a newer one, and none that is no table', async () => {
    const folder = await bench.folder({ 'x.json': '' });
    const old = join(folder, 'old.json');
    writeFileSync(old, readFileSync(PUBLISHED, 'utf8').replace('2026-08-22', '2026-08-21'));
    await bench.run('ip-ranges', PUBLISHED, ...BOTH);
    const ran = await bench.run('ip-ranges', old, ...BOTH);
    expect([ran.code, ran.err]).toEqual([2, expect.stringContaining('the table there is of 2026-08-22')]);
    expect(await bench.run('ip-ranges', join(folder, 'x.json'), ...BOTH)).toMatchObject({ code: 2 });
    expect(await bench.run('ip-ranges', PUBLISHED)).toMatchObject({ code: 2 });
  });

  it('writes it to a file for an image, which every program takes as a table', async () => {
    const out = join(await bench.folder({ x: '' }), 'ranges.packed');
    expect(await bench.run('ip-ranges', PUBLISHED, '--out', out)).toMatchObject({ code: 0 });
    expect(gunzipSync(readFileSync(out)).toString()).toMatch(/^\{"format":"landfall ip-ranges 1"/);
    expect(await bench.run('ip-ranges', PUBLISHED, '--out', `${out}/x`)).toMatchObject({ code: 2 });
    expect((await bench.run('ip-ranges', out, '--out', `${out}.again`)).out).toContain('21 networks');
  });
});
