import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ExternalValue } from '#config-service';
import { startSandbox, type Sandbox } from '../../scripts/sandbox/sandbox.ts';
import { PIN } from '../support/pinned.ts';
import { read, secretsAt } from '../support/reading-secrets.ts';

const HERE = PIN.region;
let sandbox: Sandbox;

beforeAll(async () => {
  sandbox = await startSandbox({ account: PIN.account });
});
afterAll(() => sandbox.close());
beforeEach(() => {
  sandbox.requests.clear();
});
afterEach(() => {
  sandbox.faults.clear();
  sandbox.parameters.denied.clear();
  sandbox.secrets.denied.clear();
});

function arn(region: string): string {
  return `@ssm:arn:aws:ssm:${region}:${PIN.account}:parameter/arn`;
}

function textOf(answer: ExternalValue): string {
  return answer.kind === 'value' ? answer.text : answer.kind;
}

function asked(): readonly string[] {
  return sandbox.requests.entries.map(({ operation, region }) => `${region} ${operation}`);
}

describe('settle', () => {
  it('reads parameters and secrets of this region, whole or by field', async () => {
    sandbox.parameters.put(HERE, '/db', 'p4ss');
    sandbox.parameters.put('us-east-1', '/db', 'virginia');
    sandbox.secrets.put(HERE, 'db', '{"user":"u","port":12345678901234567890,"tls":true}');
    const { secrets } = secretsAt(sandbox);
    const names = ['@ssm:/db', '@secret:db#user', '@secret:db#port', '@secret:db#tls', '@secret:db'];
    expect(await read(secrets, ...names)).toEqual({
      kind: 'ok',
      value: [
        'p4ss',
        'u',
        '12345678901234567890',
        'true',
        '{"user":"u","port":12345678901234567890,"tls":true}',
      ],
    });
    expect(asked().toSorted()).toEqual(['eu-west-1 GetParameters', 'eu-west-1 GetSecretValue']);
    await secrets.close();
  });

  it('takes an ARN of this region for a name, and asks nobody about one of another', async () => {
    sandbox.parameters.put(HERE, '/arn', 'here');
    const { secrets } = secretsAt(sandbox);
    expect(await read(secrets, arn(HERE))).toMatchObject({ value: ['here'] });
    sandbox.requests.clear();
    expect(await read(secrets, arn('us-east-1'))).toMatchObject({ value: ['LF_REGION_FOREIGN'] });
    expect(asked()).toEqual([]);
    await secrets.close();
  });

  it('asks for ten parameters at a time, and for none twice', async () => {
    const names = Array.from({ length: 25 }, (_, at) => `/many/${at}`);
    for (const name of names) sandbox.parameters.put(HERE, name, `value of ${name}`);
    const { secrets } = secretsAt(sandbox);
    const references = names.map((name) => `@ssm:${name}`);
    for (let time = 0; time < 2; time += 1) {
      expect(await read(secrets, ...references)).toMatchObject({
        value: names.map((name) => `value of ${name}`),
      });
    }
    expect(asked()).toHaveLength(3);
    await secrets.close();
  });

  it('asks for what only a default needs once that is known', async () => {
    sandbox.parameters.put(HERE, '/second', 'found');
    const { secrets } = secretsAt(sandbox);
    const attempts: string[] = [];
    const outcome = await secrets.settle((external) => {
      const first = external('@ssm:/first');
      attempts.push(first.kind);
      return first.kind === 'absent' ? external('@ssm:/second') : first;
    }, new AbortController().signal);
    expect(outcome).toMatchObject({ kind: 'ok', value: { kind: 'value', text: 'found' } });
    expect(attempts).toEqual(['unusable', 'absent', 'absent']);
    await secrets.close();
  });

  it('begins again when a secret became another in the midst: nothing holds half of the old and half of the new', async () => {
    sandbox.parameters.put(HERE, '/a', 'old');
    sandbox.parameters.put(HERE, '/b', 'old');
    const { secrets } = secretsAt(sandbox);
    await read(secrets, '@ssm:/a', '@ssm:/b');
    secrets.accepted();
    const seen: string[] = [];
    const outcome = await secrets.settle(async (external) => {
      const first = textOf(external('@ssm:/a'));
      if (seen.length === 0) {
        for (const name of ['/a', '/b']) sandbox.parameters.put(HERE, name, 'new');
        await secrets.readAgain();
      }
      seen.push(`${first} ${textOf(external('@ssm:/b'))}`);
      return seen.at(-1);
    }, new AbortController().signal);
    expect(outcome).toMatchObject({ kind: 'ok', value: 'new new' });
    expect(seen).toEqual(['old new', 'new new']);
    await secrets.close();
  });

  it('makes no call and starts no timer while no secret is asked for', async () => {
    const { secrets, clock } = secretsAt(sandbox);
    expect(await read(secrets)).toEqual({ kind: 'ok', value: [] });
    expect([asked().length, clock.sleeping]).toEqual([0, 0]);
    await secrets.close();
  });

  it('refuses the 201st secret', async () => {
    for (let at = 0; at < 200; at += 1) sandbox.parameters.put(HERE, `/n/${at}`, 'x');
    const { secrets } = secretsAt(sandbox);
    const names = Array.from({ length: 201 }, (_, at) => `@ssm:/n/${at}`);
    const outcome = await read(secrets, ...names);
    expect(outcome.kind === 'ok' && outcome.value.slice(198)).toEqual(['x', 'x', 'LF_SECRET_INVALID']);
    await secrets.close();
  });

  it('stops when asked to', async () => {
    sandbox.faults.add({ service: 'ssm', effect: 'hang' });
    const { secrets } = secretsAt(sandbox);
    const stop = new AbortController();
    const called = sandbox.requests.next();
    const settled = secrets.settle((external) => external('@ssm:/hang'), stop.signal);
    await called;
    stop.abort();
    await expect(settled).rejects.toThrow();
  });
});

describe('a version', () => {
  it('of a parameter is chosen by number or label, of a secret by stage or id', async () => {
    for (const value of ['old', 'new']) sandbox.parameters.put(HERE, '/v', value);
    sandbox.parameters.label(HERE, '/v', 1, 'stable');
    sandbox.secrets.put(HERE, 'v', '{"a":{"b":["x","y"]},"a.b":"dotted","n":1}');
    sandbox.secrets.put(HERE, 'v', '{"a":{"c":"second"}}');
    const { secrets } = secretsAt(sandbox);
    const names = [
      '@ssm:/v',
      '@ssm:/v:1',
      '@ssm:/v:stable',
      '@secret:v#a.c',
      '@secret:v#a.b::AWSPREVIOUS:',
      '@secret:v:a.b.1:AWSPREVIOUS:',
      '@secret:v:SecretString:n:AWSPREVIOUS',
      // As the sandbox names the first version.
      '@secret:v:SecretString:n::00000000-0000-4000-8000-000000000001',
    ];
    expect(await read(secrets, ...names)).toMatchObject({
      value: ['new', 'old', 'old', 'second', 'dotted', 'y', '1', '1'],
    });
    await secrets.close();
  });

  it('that there is none of says so, and how a default is written', async () => {
    sandbox.parameters.put(HERE, '/one', 'x');
    sandbox.secrets.put(HERE, 'fields', '{"user":"u"}');
    const { secrets } = secretsAt(sandbox);
    const { signal } = new AbortController();
    const names = ['@ssm:/one:7', '@ssm:/one:none', '@secret:fields::BLUE:', '@secret:fields#passwort'];
    expect(await secrets.settle((external) => names.map((name) => external(name)), signal)).toMatchObject({
      value: [
        { kind: 'absent', reason: expect.stringContaining('number or label 7') },
        { kind: 'absent', reason: expect.stringContaining('write ${@ssm:/one::none}') },
        { kind: 'absent', reason: expect.stringContaining('none of its versions') },
        { kind: 'absent', reason: expect.stringContaining('fields is there and has no field passwort') },
      ],
    });
    await secrets.close();
  });
});

describe('a secret that cannot be had', () => {
  it('is absent only when its service says so; a missing field is absent, too', async () => {
    sandbox.secrets.put(HERE, 'fields', '{"user":"u"}');
    const { secrets } = secretsAt(sandbox);
    const names = ['@ssm:/none', '@secret:none', '@secret:fields#none', '@secret:fields#__proto__'];
    expect(await read(secrets, ...names)).toMatchObject({ value: ['none', 'none', 'none', 'none'] });
    await secrets.close();
  });

  it('is denied alone, not with those it was asked for with, and the hint names the permission', async () => {
    sandbox.parameters.put(HERE, '/open', 'open');
    sandbox.parameters.put(HERE, '/shut', 'shut');
    sandbox.secrets.put(HERE, 'shut', 'shut');
    sandbox.parameters.denied.add('/shut');
    sandbox.secrets.denied.add('shut');
    const { secrets } = secretsAt(sandbox);
    expect(await read(secrets, '@ssm:/open', '@ssm:/shut', '@secret:shut')).toMatchObject({
      value: ['open', 'LF_SECRET_DENIED', 'LF_SECRET_DENIED'],
    });
    const hints = secrets.report().flatMap(({ fault }) => fault?.hint ?? []);
    expect(hints).toEqual([
      'Allow the role ssm:GetParameters on arn:aws:ssm:eu-west-1:111122223333:parameter/shut, and kms:Decrypt if a key of yours encrypts it.',
      'Allow the role secretsmanager:GetSecretValue on arn:aws:secretsmanager:eu-west-1:111122223333:secret:shut-??????, and kms:Decrypt if a key of yours encrypts it.',
    ]);
    await secrets.close();
  });

  it('is invalid when it is binary, not the JSON it should be, or its service refuses it', async () => {
    sandbox.secrets.put(HERE, 'bytes', Buffer.from([0, 1]));
    sandbox.secrets.put(HERE, 'text', 'plain');
    sandbox.secrets.put(HERE, 'deep', '{"a":{"b":1},"n":null}');
    sandbox.faults.add({ service: 'ssm', effect: { status: 400, code: 'InvalidKeyId' } });
    const { secrets } = secretsAt(sandbox);
    const names = [
      '@secret:bytes',
      '@secret:text#a',
      '@secret:deep#a',
      '@secret:deep#n',
      '@ssm:/key',
      '@ssm:a b',
    ];
    expect(await read(secrets, ...names)).toMatchObject({ value: names.map(() => 'LF_SECRET_INVALID') });
    await secrets.close();
  });

  it.each([
    ['throttled', 'throttle'],
    ['broken', { status: 503, code: 'ServiceUnavailable' }],
    ['cut off', 'reset'],
    ['a portal', { status: 200, body: '<html>Log in</html>' }],
    ['without credentials', { status: 400, code: 'ExpiredTokenException' }],
  ] as const)('leaves everything open when its service is %s', async (_, effect) => {
    sandbox.parameters.put(HERE, '/later', 'x');
    const id = sandbox.faults.add({ service: 'ssm', effect });
    const { secrets } = secretsAt(sandbox);
    expect(await read(secrets, '@ssm:/later')).toMatchObject({
      kind: 'retry',
      fault: { code: 'LF_SECRET_UNAVAILABLE', subject: 'ssm /later' },
    });
    sandbox.faults.remove(id);
    expect(await read(secrets, '@ssm:/later')).toMatchObject({ value: ['x'] });
    await secrets.close();
  });

  it('does not make a service that is down be asked for all the others', async () => {
    sandbox.faults.add({ service: 'secretsmanager', effect: 'reset' });
    const { secrets } = secretsAt(sandbox);
    const names = Array.from({ length: 40 }, (_, at) => `@secret:s${at}`);
    expect(await read(secrets, ...names)).toMatchObject({ kind: 'retry' });
    // As many as are under way at once.
    expect(asked()).toHaveLength(4);
    await secrets.close();
  });
});
