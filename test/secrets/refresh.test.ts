import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startSandbox, type Sandbox } from '../../scripts/sandbox/sandbox.ts';
import { until } from '../support/patience.ts';
import { PIN } from '../support/pinned.ts';
import {
  cacheInMemory,
  read,
  REFRESH_MS,
  secretsAt,
  type ReadingSecrets,
} from '../support/reading-secrets.ts';

const HERE = PIN.region;
let sandbox: Sandbox;

beforeAll(async () => {
  sandbox = await startSandbox({ account: PIN.account });
});
afterAll(() => sandbox.close());
afterEach(() => {
  sandbox.faults.clear();
  sandbox.parameters.denied.clear();
});

/** Lets the time to the next refresh pass, and the refresh end. */
async function refreshed({ clock }: ReadingSecrets, ms = REFRESH_MS): Promise<void> {
  await until(() => clock.sleeping === 1);
  await clock.advance(ms);
  await until(() => clock.sleeping === 1);
}

describe('secrets in use', () => {
  it('are read again within the refresh time, and a change is told', async () => {
    sandbox.parameters.put(HERE, '/turn', 'one');
    const reading = secretsAt(sandbox);
    await read(reading.secrets, '@ssm:/turn');
    await refreshed(reading);
    expect(reading.changes).toBe(0);
    sandbox.parameters.put(HERE, '/turn', 'two');
    await refreshed(reading);
    expect(reading.changes).toBe(1);
    expect(await read(reading.secrets, '@ssm:/turn')).toMatchObject({ value: ['two'] });
    await reading.secrets.close();
  });

  it('stay in use while their service is down or denies them, with their age', async () => {
    sandbox.parameters.put(HERE, '/stay', 'good');
    const reading = secretsAt(sandbox);
    const bootedAt = reading.clock.now();
    await read(reading.secrets, '@ssm:/stay');
    sandbox.faults.add({ service: 'ssm', effect: 'reset' });
    await refreshed(reading);
    sandbox.faults.clear();
    sandbox.parameters.denied.add('/stay');
    await refreshed(reading);
    expect(await read(reading.secrets, '@ssm:/stay')).toMatchObject({ value: ['good'] });
    expect(reading.secrets.report()).toMatchObject([
      { id: '/stay', state: 'stale', readAt: bootedAt, fault: { code: 'LF_SECRET_DENIED' } },
    ]);
    expect(reading.changes).toBe(0);
    await reading.secrets.close();
  });

  it('stay in use when they are deleted, and say so', async () => {
    sandbox.parameters.put(HERE, '/gone', 'x');
    const reading = secretsAt(sandbox);
    await read(reading.secrets, '@ssm:/gone');
    sandbox.parameters.delete(HERE, '/gone');
    await refreshed(reading);
    expect(reading.changes).toBe(0);
    expect(await read(reading.secrets, '@ssm:/gone')).toMatchObject({ value: ['x'] });
    expect(reading.secrets.report()).toMatchObject([
      { id: '/gone', state: 'stale', fault: { code: 'LF_SECRET_MISSING' } },
    ]);
    sandbox.parameters.put(HERE, '/gone', 'again');
    await refreshed(reading, 30_000);
    expect(await read(reading.secrets, '@ssm:/gone')).toMatchObject({ value: ['again'] });
    expect(reading.secrets.report()).toMatchObject([{ state: 'fresh' }]);
    await reading.secrets.close();
  });

  it('are read at once for who asks, however many ask', async () => {
    sandbox.parameters.put(HERE, '/now', 'one');
    const { secrets } = secretsAt(sandbox);
    expect(await secrets.readAgain()).toEqual({ inUse: 0, changed: false, stale: 0 });
    await read(secrets, '@ssm:/now');
    expect(await secrets.readAgain()).toEqual({ inUse: 1, changed: false, stale: 0 });
    sandbox.parameters.put(HERE, '/now', 'two');
    sandbox.requests.clear();
    const asked = [secrets.readAgain(), secrets.readAgain(), secrets.readAgain()];
    expect(await Promise.all(asked)).toContainEqual({ inUse: 1, changed: true, stale: 0 });
    expect(sandbox.requests.entries).toHaveLength(1);
    expect(await read(secrets, '@ssm:/now')).toMatchObject({ value: ['two'] });
    sandbox.parameters.denied.add('/now');
    expect(await secrets.readAgain()).toEqual({ inUse: 1, changed: false, stale: 1 });
    await secrets.close();
  });

  it('of one secret have one version, by whatever names it is asked for', async () => {
    const { arn } = sandbox.secrets.put(HERE, 'pair', '{"user":"u1","password":"p1"}');
    const { secrets } = secretsAt(sandbox);
    const names = ['@secret:pair#user', '@secret:pair#password'];
    expect(await read(secrets, ...names)).toMatchObject({ value: ['u1', 'p1'] });
    sandbox.secrets.put(HERE, 'pair', '{"user":"u2","password":"p2"}');
    // A name that is new is read now, and the other one must not stay behind.
    const both = ['@secret:pair#user', `@secret:${arn}#password`, '@secret:pair::AWSPREVIOUS:'];
    expect(await read(secrets, ...both)).toMatchObject({
      value: ['u2', 'p2', '{"user":"u1","password":"p1"}'],
    });
    sandbox.requests.clear();
    await secrets.readAgain();
    // By one of both names, and the version before.
    expect(sandbox.requests.entries).toHaveLength(2);
    await secrets.close();
  });

  it('are asked for sooner while one is wanting', async () => {
    sandbox.parameters.put(HERE, '/soon', 'x');
    sandbox.parameters.denied.add('/soon');
    const reading = secretsAt(sandbox);
    expect(await read(reading.secrets, '@ssm:/soon')).toMatchObject({ value: ['LF_SECRET_DENIED'] });
    sandbox.parameters.denied.clear();
    await refreshed(reading, 30_000);
    expect(reading.changes).toBe(1);
    expect(await read(reading.secrets, '@ssm:/soon')).toMatchObject({ value: ['x'] });
    await reading.secrets.close();
  });

  it('of the configuration in force are kept while others are refused, and of older ones forgotten', async () => {
    for (const name of ['/a', '/b', '/c']) sandbox.parameters.put(HERE, name, name);
    const { secrets } = secretsAt(sandbox);
    const ids = () => secrets.report().map(({ id }) => id);
    await read(secrets, '@ssm:/a');
    secrets.accepted();
    for (const name of ['/b', '/b', '/c']) await read(secrets, `@ssm:${name}`);
    expect(ids()).toEqual(['/a', '/c']);
    secrets.accepted();
    expect(ids()).toEqual(['/c']);
    await read(secrets);
    expect(ids()).toEqual(['/c']);
    secrets.accepted();
    expect(ids()).toEqual([]);
    await secrets.close();
  });
});

describe('secrets that were kept', () => {
  it('stand in while their service is down at boot, and are asked for again soon', async () => {
    sandbox.parameters.put(HERE, '/kept', 'before');
    const cache = cacheInMemory();
    const first = secretsAt(sandbox, { cache });
    await read(first.secrets, '@ssm:/kept');
    await first.secrets.close();

    sandbox.parameters.put(HERE, '/kept', 'after');
    sandbox.faults.add({ service: 'ssm', effect: 'throttle' });
    const second = secretsAt(sandbox, { cache });
    expect(await read(second.secrets, '@ssm:/kept')).toMatchObject({ value: ['before'] });
    expect(second.secrets.report()).toMatchObject([{ state: 'stale' }]);
    sandbox.faults.clear();
    await refreshed(second, 30_000);
    expect(second.changes).toBe(1);
    await second.secrets.close();
    expect(cache.rows).toContain('after');
  });

  it('are not preferred to what their service says now', async () => {
    const cache = cacheInMemory();
    cache.rows = JSON.stringify([
      { service: 'ssm', id: '/old', selector: '', text: 'old', version: '1', readAt: 1 },
    ]);
    const { secrets } = secretsAt(sandbox, { cache });
    expect(await read(secrets, '@ssm:/old')).toMatchObject({ value: ['none'] });
    await secrets.close();
    expect(cache.rows).toBe('');
  });
});
