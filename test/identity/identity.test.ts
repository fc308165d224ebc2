import { describe, expect, test } from 'vitest';
import { readIdentity } from '#agent/identity/identity.ts';
import { Imds } from '#agent/identity/imds.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { ImdsServer } from '../support/imds-server.ts';
import { finish } from '../support/patience.ts';

const DOCUMENT = {
  accountId: '012345678901',
  architecture: 'x86_64',
  availabilityZone: 'eu-west-1b',
  billingProducts: null,
  imageId: 'ami-0123456789abcdef0',
  instanceId: 'i-0123456789abcdef0',
  instanceType: 'm7i.large',
  privateIp: '10.0.0.7',
  region: 'eu-west-1',
  version: '2017-09-30',
};
const SIGNATURE = 'dExOTfFZ0GkL\nZmFrZSBzaWduYXR1cmU=\n';

async function scene(document: unknown, signature: string | undefined = SIGNATURE) {
  const clock = new FakeClock();
  const server = await ImdsServer.start(clock);
  const text = typeof document === 'string' ? document : JSON.stringify(document, undefined, 2);
  if (document !== undefined) server.items.set('dynamic/instance-identity/document', text);
  if (signature !== undefined) server.items.set('dynamic/instance-identity/signature', signature);
  const imds = new Imds(server.endpoint, { clock, random: () => 0 });
  return { server, read: () => finish(clock, readIdentity(imds, new AbortController().signal)) };
}

describe('the identity', () => {
  test('is what the document says, with the partition of its region', async () => {
    const { read, server } = await scene(DOCUMENT);
    expect(await read()).toEqual({
      kind: 'ok',
      value: {
        partition: 'aws',
        dnsSuffix: 'amazonaws.com',
        account: '012345678901',
        region: 'eu-west-1',
        zone: 'eu-west-1b',
        instanceId: 'i-0123456789abcdef0',
        imageId: 'ami-0123456789abcdef0',
        instanceType: 'm7i.large',
        architecture: 'x86_64',
        privateIp: '10.0.0.7',
        signature: 'dExOTfFZ0GkLZmFrZSBzaWduYXR1cmU=',
        warnings: [],
      },
    });
    expect(server.log).toHaveLength(3);
  });

  test('takes the region from the document, not from the zone', async () => {
    const { read } = await scene({ ...DOCUMENT, region: 'us-west-2', availabilityZone: 'us-west-2-lax-1a' });
    expect(await read()).toMatchObject({ value: { region: 'us-west-2', zone: 'us-west-2-lax-1a' } });
  });

  test('knows the DNS suffix of other partitions', async () => {
    const { read } = await scene({ ...DOCUMENT, region: 'cn-north-1' });
    expect(await read()).toMatchObject({ value: { partition: 'aws-cn', dnsSuffix: 'amazonaws.com.cn' } });
  });

  test('accepts a region that is well-formed and unknown, with a warning', async () => {
    const { read } = await scene({ ...DOCUMENT, region: 'ap-foo-9' });
    expect(await read()).toMatchObject({
      kind: 'ok',
      value: { region: 'ap-foo-9', partition: 'aws', warnings: [expect.stringContaining('ap-foo-9')] },
    });
  });

  test.each([
    ['absent', undefined],
    ['blank', ' \n'],
  ])('has no signature when that is %s', async (_case, signature) => {
    const { read, server } = await scene(DOCUMENT);
    server.items.delete('dynamic/instance-identity/signature');
    if (signature !== undefined) server.items.set('dynamic/instance-identity/signature', signature);
    expect(await read()).toMatchObject({ kind: 'ok', value: { signature: undefined } });
  });

  test('does without what only describes the instance', async () => {
    const { accountId, instanceId, region } = DOCUMENT;
    const { read } = await scene({ accountId, instanceId, region });
    const identity = await read();
    expect(identity).toMatchObject({
      kind: 'ok',
      value: { zone: '', imageId: '', instanceType: '', architecture: '' },
    });
    expect(identity).not.toHaveProperty('value.privateIp');
  });
});

describe('a document', () => {
  test.each([
    ['no JSON', '<html>'],
    ['cut off', JSON.stringify(DOCUMENT).slice(0, 40)],
    ['null', 'null'],
    ['without a region', { ...DOCUMENT, region: undefined }],
    ['of a region that cannot be', { ...DOCUMENT, region: 'xx' }],
    ['of a zone in place of a region', { ...DOCUMENT, region: 'us-east-1a' }],
    ['of a region that is no place', { ...DOCUMENT, region: 'aws-global' }],
    ['whose account is a number', { ...DOCUMENT, accountId: 123_456_789_012 }],
    ['whose account is too short', { ...DOCUMENT, accountId: '12345678901' }],
    ['without an instance id', { ...DOCUMENT, instanceId: '' }],
    ['whose instance id climbs out of its folder', { ...DOCUMENT, instanceId: '../i-1' }],
  ])('that is %s is malformed', async (_case, document) => {
    const { read } = await scene(document);
    expect(await read()).toMatchObject({ kind: 'fail', fault: { code: 'LF_IDENTITY_MALFORMED' } });
  });

  test('that is wrong in several places names all of them', async () => {
    const { read } = await scene({ region: 'xx', accountId: 7 });
    expect(await read()).toMatchObject({
      fault: {
        cause:
          'region "xx" is no region name; accountId 7 is not 12 digits; instanceId (missing) is no instance id',
      },
    });
  });

  test('that is not there is absent', async () => {
    const { read } = await scene(undefined);
    expect(await read()).toMatchObject({ kind: 'fail', fault: { code: 'LF_IMDS_ABSENT' } });
  });
});

test.each(['document', 'signature'])('a %s that cannot be read fails the identity', async (item) => {
  const { read, server } = await scene(DOCUMENT);
  server.fault = ({ path }) => (path.endsWith(item) ? { kind: 'status', status: 503 } : undefined);
  expect(await read()).toMatchObject({ kind: 'retry', fault: { code: 'LF_IMDS_THROTTLED' } });
});
