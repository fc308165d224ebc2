import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createAppconfigShape } from '#agent/shapes/appconfig/appconfig-shape.ts';
import { READ_TOKEN, startShape, TOKEN, type ShapeBench } from '../support/api-bench.ts';
import { FAKE_FACTS, type FakeProperty } from '../support/fake-backend.ts';
import { ask, type Answer } from '../support/raw-http.ts';

let bench: ShapeBench;
beforeEach(async () => {
  bench = await startShape(createAppconfigShape());
});
afterEach(() => bench.stop());

const PROPERTIES: Readonly<Record<string, FakeProperty>> = {
  'db.host': 'db.internal',
  'db.password': { value: 's3cret', masked: '[p#1]' },
  'db.port': '5432',
  'features.beta.enabled': 'false',
  'features.checkout.enabled': 'true',
  'features.checkout.limit': '5',
  greeting: 'Grüße, 日本',
  'pct%2Fkey+': 'found',
  'nginx.upstreams': { value: '["a:80","b:80"]', list: ['a:80', 'b:80'] },
  'nginx.upstreams.0': 'a:80',
  'nginx.upstreams.1': 'b:80',
  version: '1.10',
};

function activate(
  properties: Readonly<Record<string, FakeProperty>> = PROPERTIES,
  release: string | null = null,
) {
  return bench.backend.activate(properties, { facts: { ...FAKE_FACTS, environment: 'prod' }, release });
}

const agent = (profile: string, headers: Readonly<Record<string, string>> = {}, environment = 'prod') =>
  ask(bench.own, {
    path: `/applications/payroll/environments/${environment}/configurations/${profile}`,
    headers,
  });

describe('the agent', () => {
  test('landfall is everything as one document, with numbers and truths only where they print back', async () => {
    const { number } = activate(PROPERTIES, '20261201T000000Z-abcdef01');
    const answer = await agent('landfall');
    expect(answer.text).toBe(
      '{"db":{"host":"db.internal","port":5432},"features":{"beta":{"enabled":false},' +
        '"checkout":{"enabled":true,"limit":5}},"greeting":"Grüße, 日本",' +
        '"nginx":{"upstreams":["a:80","b:80"]},"pct%2Fkey+":"found","version":"1.10"}',
    );
    expect(answer.headers).toMatchObject({
      'content-type': 'application/json',
      'configuration-version': String(number),
      'version-label': '20261201T000000Z-abcdef01',
    });
  });

  test('without a release there is no label', async () => {
    activate();
    expect((await agent('landfall')).headers).not.toHaveProperty('version-label');
  });

  test.each([
    ['features.checkout', 'application/json', '{"enabled":true,"limit":5}'],
    ['db.port', 'application/json', '5432'],
    ['nginx.upstreams', 'application/json', '["a:80","b:80"]'],
    ['nginx.upstreams.0', 'text/plain; charset=utf-8', 'a:80'],
    ['greeting', 'text/plain; charset=utf-8', 'Grüße, 日本'],
    ['gr%65eting', 'text/plain; charset=utf-8', 'Grüße, 日本'],
    ['pct%252Fkey+', 'text/plain; charset=utf-8', 'found'],
  ])('%s is what lies below it, or its text: %s', async (profile, type, text) => {
    activate();
    const answer = await agent(profile);
    expect(answer).toMatchObject({ status: 200, text });
    expect(answer.headers['content-type']).toBe(type);
  });

  test.each([
    ['features?flag=beta', '{"enabled":false}'],
    ['features?flag=beta&flag=checkout', '{"beta":{"enabled":false},"checkout":{"enabled":true,"limit":5}}'],
    ['landfall?flag=version', '"1.10"'],
  ])('%s is members of it', async (profile, text) => {
    activate();
    expect(await agent(profile)).toMatchObject({ status: 200, text });
  });

  test('the environment is that of the instance, in any letters, and no other', async () => {
    activate();
    expect((await agent('landfall', {}, 'PROD')).status).toBe(200);
    const other = await agent('landfall', {}, 'staging');
    expect(other.status).toBe(404);
    expect(other.headers['x-amzn-errortype']).toBe('ResourceNotFoundException');
    expect(other.json()).toMatchObject({ ResourceType: 'Environment', ReferencedBy: {} });
    bench.backend.activate(PROPERTIES);
    expect((await agent('landfall')).json()).toMatchObject({
      Message: 'this instance has no environment, not prod',
    });
  });

  test.each([
    ['nothing', 'ConfigurationProfile'],
    ['features?flag=nothing', 'Configuration'],
    ['features?flag=beta&flag=nothing', 'Configuration'],
    ['greeting?flag=x', 'Configuration'],
  ])('%s is not there', async (profile, type) => {
    activate();
    const answer = await agent(profile);
    expect(answer.status).toBe(404);
    expect(answer.json()).toMatchObject({ ResourceType: type, Message: expect.any(String) as string });
  });

  test('a secret is there for who shows a token, and a signature is none', async () => {
    activate();
    expect((await agent('db.password')).status).toBe(404);
    for (const token of [TOKEN, READ_TOKEN]) {
      const headers = { Authorization: `Bearer ${token}` };
      expect(await agent('db.password', headers)).toMatchObject({ status: 200, text: 's3cret' });
    }
    const signed = {
      Authorization: 'AWS4-HMAC-SHA256 Credential=AKIA/20261201/eu-west-1/appconfig/aws4_request',
    };
    expect((await agent('db.password', signed)).status).toBe(404);
    expect((await agent('db', signed)).text).toBe('{"host":"db.internal","port":5432}');
    expect((await agent('db', { Authorization: 'Bearer old' })).status).toBe(401);
  });

  test('names that are no percent-encoding are refused in its way', async () => {
    activate();
    expect(await agent('%ff')).toMatchObject({ status: 400 });
  });
});

const start = (body: unknown, headers: Readonly<Record<string, string>> = {}): Promise<Answer> =>
  ask(bench.own, { method: 'POST', path: '/configurationsessions', headers, body: JSON.stringify(body) });
const SESSION = {
  ApplicationIdentifier: 'payroll',
  EnvironmentIdentifier: 'prod',
  ConfigurationProfileIdentifier: 'features.checkout',
};
const tokenOf = async (answer: Promise<Answer>): Promise<string> =>
  String((await answer).json()['InitialConfigurationToken']);
const latest = (token: string, headers: Readonly<Record<string, string>> = {}): Promise<Answer> =>
  ask(bench.own, { path: `/configuration?configuration_token=${encodeURIComponent(token)}`, headers });
const nextOf = (answer: Answer): string => String(answer.headers['next-poll-configuration-token']);

describe('the data API', () => {
  test('a session gives the content once, then nothing until it changes', async () => {
    activate(PROPERTIES, 'r1');
    const started = await start(SESSION);
    expect(started.status).toBe(201);
    const first = await latest(await tokenOf(start(SESSION)));
    expect(first).toMatchObject({ status: 200, text: '{"enabled":true,"limit":5}' });
    expect(first.headers).toMatchObject({
      'content-type': 'application/json',
      'next-poll-interval-in-seconds': '15',
      'version-label': 'r1',
    });
    const second = await latest(nextOf(first));
    expect(second).toMatchObject({ status: 200, text: '' });
    activate({ ...PROPERTIES, 'db.port': '5433' });
    const elsewhere = await latest(nextOf(second));
    expect(elsewhere.text).toBe('');
    activate({ ...PROPERTIES, 'features.checkout.limit': '6' });
    expect((await latest(nextOf(elsewhere))).text).toBe('{"enabled":true,"limit":6}');
  });

  test('names a text as AppConfig does, for programs compare: to who reads it by HTTP alone it has a charset', async () => {
    activate();
    const profile = { ...SESSION, ConfigurationProfileIdentifier: 'greeting' };
    const read = await latest(await tokenOf(start(profile)));
    expect(read).toMatchObject({ text: 'Grüße, 日本' });
    expect(read.headers['content-type']).toBe('text/plain');
    expect((await agent('greeting')).headers['content-type']).toBe('text/plain; charset=utf-8');
  });

  test('a token may be used twice, and says what it was sent, not what another was', async () => {
    activate();
    const token = await tokenOf(start(SESSION));
    expect((await latest(token)).text).not.toBe('');
    expect((await latest(token)).text).not.toBe('');
  });

  test('holds nothing of a secret that could be guessed, and goes on in another agent with the same read token', async () => {
    activate();
    const headers = { Authorization: `Bearer ${READ_TOKEN}` };
    const profile = { ...SESSION, ConfigurationProfileIdentifier: 'db.password' };
    const first = await latest(await tokenOf(start(profile, headers)), headers);
    expect(first.text).toBe('s3cret');
    const other = await startShape(createAppconfigShape());
    other.backend.activate(PROPERTIES, { facts: { ...FAKE_FACTS, environment: 'prod' } });
    const path = `/configuration?configuration_token=${encodeURIComponent(nextOf(first))}`;
    expect(await ask(other.own, { path, headers })).toMatchObject({ status: 200, text: '' });
    expect((await ask(other.own, { path })).status).toBe(404);
    await other.stop();
  });

  test.each([
    [undefined, '15'],
    [5, '15'],
    [60, '60'],
  ])('who asks for an interval of %s gets %s', async (asked, seconds) => {
    activate();
    const body = asked === undefined ? SESSION : { ...SESSION, RequiredMinimumPollIntervalInSeconds: asked };
    const answer = await latest(await tokenOf(start(body)));
    expect(answer.headers['next-poll-interval-in-seconds']).toBe(seconds);
  });

  test.each(['', 'x', 'e30.x', `${Buffer.from('[1]').toString('base64url')}.AAAAAAAAAAAAAAAA`])(
    'the token %s is a bad request',
    async (token) => {
      activate();
      const answer = await latest(token);
      expect(answer.status).toBe(400);
      expect(answer.headers['x-amzn-errortype']).toBe('BadRequestException');
      expect(answer.json()).toMatchObject({
        Reason: 'InvalidParameters',
        Details: { InvalidParameters: { ConfigurationToken: { Problem: 'Corrupted' } } },
      });
    },
  );

  test.each([
    [{ ...SESSION, EnvironmentIdentifier: 'staging' }, 404],
    [{ ...SESSION, ConfigurationProfileIdentifier: 'nothing' }, 404],
    [{ ...SESSION, ApplicationIdentifier: '' }, 400],
    [{ ...SESSION, ApplicationIdentifier: 'x'.repeat(2000) }, 400],
    [{ ...SESSION, RequiredMinimumPollIntervalInSeconds: 'soon' }, 400],
    [[], 400],
    ['text', 400],
  ])('a session of %o begins with %i', async (body, status) => {
    activate();
    expect((await start(body)).status).toBe(status);
  });

  test('a session takes POST and no more than the API takes, without a token', async () => {
    activate();
    expect((await ask(bench.own, { path: '/configurationsessions' })).headers.allow).toBe('POST');
    const large = { ...SESSION, padding: 'x'.repeat(70_000) };
    expect((await start(large)).status).toBe(413);
    const chunked = { 'Transfer-Encoding': 'chunked' };
    expect((await start(large, chunked)).status).toBe(413);
    expect(
      (
        await ask(bench.tcp, {
          method: 'POST',
          path: '/configurationsessions',
          body: JSON.stringify(SESSION),
        })
      ).status,
    ).toBe(201);
  });
});
