import { describe, expect, test, vi } from 'vitest';
import type { Identity } from '#agent/identity/identity.ts';
import { Imds } from '#agent/identity/imds.ts';
import { factsOf, readTags, tagWarnings } from '#agent/identity/tags.ts';
import { fail, ok, type Outcome } from '#kit/outcome.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { ImdsServer } from '../support/imds-server.ts';
import { finish } from '../support/patience.ts';

type Tags = ReadonlyMap<string, string>;

const DENIED = fail({
  code: 'LF_TAGS_UNAVAILABLE',
  operation: 'describe',
  subject: 'tags',
  cause: 'denied',
  hint: '',
});

async function scene(tags: Readonly<Record<string, string>>) {
  const clock = new FakeClock();
  const server = await ImdsServer.start(clock);
  server.items.set('meta-data/tags/instance', Object.keys(tags).join('\n'));
  for (const [key, value] of Object.entries(tags)) server.items.set(`meta-data/tags/instance/${key}`, value);
  const imds = new Imds(server.endpoint, { clock, random: () => 0 });
  const describeTags = vi.fn<(signal: AbortSignal) => Promise<Outcome<Tags>>>(async () => DENIED);
  const read = (signal = new AbortController().signal) => finish(clock, readTags(imds, describeTags, signal));
  return { server, describeTags, read };
}

describe('tags in IMDS', () => {
  test('are read with their keys and values as they stand, sorted by key', async () => {
    const tags = { role: 'web', 'aws:autoscaling:groupName': 'a b/c', 'Team+x=1,2@3.-_': 'ünï', empty: '' };
    const { read, describeTags } = await scene(tags);
    expect(await read()).toEqual({
      kind: 'ok',
      value: { tags: new Map(Object.entries(tags)), from: 'imds' },
    });
    const reading = await read();
    expect(reading.kind === 'ok' && [...reading.value.tags.keys()]).toEqual(Object.keys(tags).toSorted());
    expect(describeTags).not.toHaveBeenCalled();
  });

  test('keep `__proto__` as a key like any other', async () => {
    const { read } = await scene(Object.fromEntries([['__proto__', 'x']]));
    expect(await read()).toMatchObject({ value: { tags: new Map([['__proto__', 'x']]) } });
  });

  test('may be none at all', async () => {
    const { read } = await scene({});
    expect(await read()).toEqual({ kind: 'ok', value: { tags: new Map(), from: 'imds' } });
  });

  test('never make one key into another path or a query', async () => {
    const { read, server } = await scene({});
    server.items.set('meta-data/tags/instance', 'a/b?c#d e%2e\r\n');
    server.items.set('meta-data/tags/instance/a%2Fb%3Fc%23d%20e%252e', 'safe');
    expect(await read()).toMatchObject({ value: { tags: new Map([['a/b?c#d e%2e', 'safe']]) } });
  });

  test('leave out one that vanishes between the list and its read', async () => {
    const { read, server } = await scene({ role: 'web', gone: 'x' });
    server.items.delete('meta-data/tags/instance/gone');
    expect(await read()).toMatchObject({ value: { tags: new Map([['role', 'web']]) } });
  });

  test('come four at a time with one token', async () => {
    const { read, server } = await scene(
      Object.fromEntries(Array.from({ length: 50 }, (_, n) => [`k${n}`, '1'])),
    );
    expect(await read()).toMatchObject({ kind: 'ok' });
    expect(server.tokenRequests).toBe(1);
    expect(server.log).toHaveLength(52);
    expect(server.mostAtOnce).toBeLessThanOrEqual(4);
  });

  test('fail whole when one of them cannot be read, and no further one is asked for', async () => {
    const { read, server } = await scene(
      Object.fromEntries(Array.from({ length: 50 }, (_, n) => [`k${n}`, '1'])),
    );
    server.fault = ({ path }) => (path.includes('/instance/k') ? { kind: 'status', status: 403 } : undefined);
    expect(await read()).toMatchObject({ kind: 'fail', fault: { code: 'LF_IMDS_DISABLED' } });
    expect(server.log.length).toBeLessThanOrEqual(2 + 4);
  });

  test('are not asked of EC2 because IMDS is throttled', async () => {
    const { read, server, describeTags } = await scene({});
    server.fault = ({ method }) => (method === 'GET' ? { kind: 'status', status: 429 } : undefined);
    expect(await read()).toMatchObject({ kind: 'retry', fault: { code: 'LF_IMDS_THROTTLED' } });
    expect(describeTags).not.toHaveBeenCalled();
  });

  test('can be given up', async () => {
    const { read } = await scene({ role: 'web' });
    const reason = new Error('enough');
    await expect(read(AbortSignal.abort(reason))).rejects.toBe(reason);
  });
});

describe('tags that IMDS does not show', () => {
  test('come from EC2, under the same signal', async () => {
    const { read, server, describeTags } = await scene({});
    server.items.clear();
    const described = new Map([
      ['role', 'web'],
      ['Name', 'x'],
    ]);
    describeTags.mockResolvedValue(ok(described));
    const { signal } = new AbortController();
    const reading = await read(signal);
    expect(reading).toEqual({ kind: 'ok', value: { tags: described, from: 'ec2' } });
    expect(reading.kind === 'ok' && [...reading.value.tags.keys()]).toEqual(['Name', 'role']);
    expect(describeTags.mock.calls).toEqual([[signal]]);
  });

  test('are unavailable when EC2 says so', async () => {
    const { read, server } = await scene({});
    server.items.clear();
    expect(await read()).toBe(DENIED);
  });
});

const IDENTITY: Identity = {
  partition: 'aws',
  dnsSuffix: 'amazonaws.com',
  account: '012345678901',
  region: 'eu-west-1',
  zone: 'eu-west-1b',
  instanceId: 'i-0abc',
  imageId: 'ami-1',
  instanceType: 'm7i.large',
  architecture: 'x86_64',
  signature: 'secret',
  warnings: [],
};
const NAMES = { roleTag: 'role', environmentTag: 'environment' };

describe('the facts', () => {
  test('hold the identity and all tags, and not the signature', () => {
    const tags = new Map([['role', 'web']]);
    const { architecture: _, signature: __, warnings: ___, ...shared } = IDENTITY;
    expect(factsOf(IDENTITY, tags, NAMES)).toEqual({ ...shared, role: 'web', environment: undefined, tags });
  });

  test.each([
    ['the exact spelling', { role: 'web' }, 'web', 0],
    ['another case', { ROLE: 'web' }, 'web', 0],
    ['the exact spelling before others', { ROLE: 'a', Role: 'b', role: 'c' }, 'c', 0],
    ['the first of several others in order', { rOLE: 'c', Role: 'b', ROLE: 'a' }, 'a', 1],
    ['surrounding blanks', { role: '  web\n' }, 'web', 0],
    ['a blank value', { role: '   ' }, undefined, 0],
    ['a blank exact tag beside another case', { role: '', Role: 'web' }, undefined, 0],
    ['no such tag', { roles: 'web' }, undefined, 0],
    ['a value that can be no layer', { role: 'web/api' }, 'web/api', 1],
    ['a path', { role: '..' }, '..', 1],
  ])('find the role by %s', (_case, tags, role, warnings) => {
    const map = new Map(Object.entries(tags));
    expect(factsOf(IDENTITY, map, NAMES).role).toBe(role);
    expect(tagWarnings(map, NAMES)).toHaveLength(warnings);
  });

  test('find role and environment under the names the settings give', () => {
    const tags = new Map([
      ['App:Tier', 'worker'],
      ['stage', 'prod'],
      ['role', 'other'],
    ]);
    const facts = factsOf(IDENTITY, tags, { roleTag: 'app:tier', environmentTag: 'Stage' });
    expect(facts).toMatchObject({ role: 'worker', environment: 'prod' });
  });

  test('a warning names the tag that is used and those that are not', () => {
    const tags = new Map([
      ['Role', 'b'],
      ['ROLE', 'a'],
    ]);
    expect(tagWarnings(tags, NAMES)).toEqual(['several tags could be "role": "ROLE" is used, not "Role"']);
  });
});
