import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse as parseYaml } from 'yaml';
import type { Citizen, Json } from './citizen.ts';
import { BUCKET, Payroll, REGION } from './payroll.ts';

let payroll: Payroll;
let citizen: Citizen;

beforeAll(async () => {
  payroll = await Payroll.open({
    files: {
      'base/app.properties': 'b=2\na.c=x y\na.b="q" $HOME `id` \\\\\nlog.level=INFO\nempty=\n',
      'environment/prod/prod.properties': 'log.level=WARN\n',
      'role/web/web.yaml': 'hosts: [a, b]\n',
    },
  });
  citizen = await payroll.run();
  await citizen.follows();
});
afterAll(() => payroll[Symbol.asyncDispose]());

const propertiesOf = (document: Json): Json => document['properties'] as Json;

describe('GET /v1/config', () => {
  it('has exactly the promised fields, in order, and its keys sorted', async () => {
    const answer = await citizen.askTcp('/v1/config');
    expect(answer.status).toBe(200);
    expect(answer.headers['content-type']).toMatch(/^application\/json/);
    const document = answer.json();
    expect(Object.keys(document)).toEqual([
      'generation',
      'release',
      'digest',
      'region',
      'zone',
      'account',
      'role',
      'environment',
      'instanceId',
      'activatedAt',
      'checkedAt',
      'stale',
      'properties',
    ]);
    expect(document).toMatchObject({
      generation: 1,
      release: null,
      digest: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
      region: REGION,
      zone: `${REGION}a`,
      account: '123456789012',
      role: 'web',
      environment: 'prod',
      instanceId: payroll.instance.instanceId,
      activatedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/) as string,
      checkedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/) as string,
      stale: false,
    });
    const keys = Object.keys(propertiesOf(document));
    expect(keys).toEqual(['a.b', 'a.c', 'b', 'empty', 'hosts', 'hosts.0', 'hosts.1', 'log.level']);
  });

  it('is fresh as soon as the agent is ready', async () => {
    await using other = await Payroll.open();
    const newcomer = other.start();
    await newcomer.ready();
    expect(await newcomer.json('/v1/config')).toMatchObject({ stale: false });
  });

  it.each([
    ['a.', ['a.b', 'a.c']],
    ['log.level', ['log.level']],
    ['A.', []],
    ['', ['a.b', 'a.c', 'b', 'empty', 'hosts', 'hosts.0', 'hosts.1', 'log.level']],
  ])('gives what starts with prefix "%s"', async (prefix, keys) => {
    const document = await citizen.json(`/v1/config?prefix=${prefix}`);
    expect(Object.keys(propertiesOf(document))).toEqual(keys);
  });

  it('prints yaml', async () => {
    const answer = await citizen.askTcp('/v1/config?format=yaml');
    expect(answer.headers['content-type']).toMatch(/yaml/);
    expect(parseYaml(answer.text)).toMatchObject({ 'a.b': '"q" $HOME `id` \\', b: '2', empty: '' });
  });

  it('prints properties', async () => {
    const answer = await citizen.askTcp('/v1/config?format=properties&prefix=a.');
    expect(answer.headers['content-type']).toMatch(/^text\/plain/);
    expect(answer.text).toBe('a.b="q" $HOME `id` \\\\\na.c=x y\n');
  });

  it('prints variables a shell can read', async () => {
    const answer = await citizen.askTcp('/v1/config?format=env&prefix=a.');
    expect(answer.text).toBe('A_B="\\"q\\" \\$HOME \\`id\\` \\\\"\nA_C="x y"\n');
  });

  it('refuses a format that does not exist', async () => {
    const answer = await citizen.askTcp('/v1/config?format=toml');
    expect([answer.status, answer.json()['code']]).toEqual([400, 'LF_REQUEST_INVALID']);
    expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
  });

  it('answers 304 to the tag it gave, also in a list, also as *, and 200 to another', async () => {
    const { etag = '' } = (await citizen.askTcp('/v1/config')).headers;
    expect(etag).not.toBe('');
    for (const tag of [etag, `"x", ${etag}`, '*']) {
      const again = await citizen.askTcp('/v1/config', { headers: { 'if-none-match': tag } });
      expect([again.status, again.text, again.headers.etag]).toEqual([304, '', etag]);
    }
    expect((await citizen.askTcp('/v1/config', { headers: { 'if-none-match': '"x"' } })).status).toBe(200);
  });

  it('answers HEAD as GET, without the body', async () => {
    const [head, get] = [
      await citizen.askTcp('/v1/config', { method: 'HEAD' }),
      await citizen.askTcp('/v1/config'),
    ];
    expect([head.status, head.text, head.headers.etag]).toEqual([200, '', get.headers.etag]);
  });
});

describe('GET /v1/config?wait=', () => {
  it('holds until the digest differs', async () => {
    const { etag = '' } = (await citizen.askTcp('/v1/config')).headers;
    const held = citizen.askTcp('/v1/config?wait=30s', { headers: { 'if-none-match': etag } });
    payroll.sandbox.putObject(BUCKET, 'payroll/environment/prod/prod.properties', 'log.level=ERROR\n');
    const answer = await held;
    expect(answer.status).toBe(200);
    expect(propertiesOf(answer.json())['log.level']).toBe('ERROR');
    expect(answer.headers.etag).not.toBe(etag);
  });

  it('answers 304 when nothing happens in time', async () => {
    const { etag = '' } = (await citizen.askTcp('/v1/config')).headers;
    const startedAt = performance.now();
    const answer = await citizen.askTcp('/v1/config?wait=300ms', { headers: { 'if-none-match': etag } });
    expect([answer.status, performance.now() - startedAt >= 295]).toEqual([304, true]);
  });

  it('answers at once without a tag, or with another', async () => {
    expect((await citizen.askTcp('/v1/config?wait=5m')).status).toBe(200);
    const other = { headers: { 'if-none-match': '"x"' } };
    expect((await citizen.askTcp('/v1/config?wait=5m', other)).status).toBe(200);
  });

  it('refuses what is no duration', async () => {
    expect((await citizen.askTcp('/v1/config?wait=soon')).status).toBe(400);
  });
});
