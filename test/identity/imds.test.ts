import { describe, expect, test } from 'vitest';
import { Imds } from '#agent/identity/imds.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { ImdsServer } from '../support/imds-server.ts';
import { finish, until } from '../support/patience.ts';

const PATH = 'latest/meta-data/instance-id';

async function scene() {
  const clock = new FakeClock();
  const server = await ImdsServer.start(clock);
  server.items.set('meta-data/instance-id', 'i-0abc');
  const imds = new Imds(server.endpoint, { clock, random: () => 0 });
  return { clock, server, imds };
}

describe('reading', () => {
  test('an item that is there gives its text, one that is not gives undefined', async () => {
    const { imds } = await scene();
    expect(await imds.read(PATH)).toEqual({ kind: 'ok', value: 'i-0abc' });
    expect(await imds.read('latest/meta-data/spot/instance-action')).toEqual({
      kind: 'ok',
      value: undefined,
    });
  });

  test('text outside ASCII arrives whole', async () => {
    const { imds, server } = await scene();
    server.items.set('user-data', 'Grüße 🛬'.repeat(10_000));
    expect(await imds.read('latest/user-data')).toEqual({ kind: 'ok', value: 'Grüße 🛬'.repeat(10_000) });
  });

  test('sends the path as it stands, dots and escapes included', async () => {
    const { imds, server } = await scene();
    await imds.read('latest/a/../b%2Fc');
    expect(server.readsOf('a/../b%2Fc')).toBe(1);
  });

  test('leaves no sleep behind', async () => {
    const { imds, clock } = await scene();
    await imds.read(PATH);
    expect(clock.sleeping).toBe(0);
  });
});

describe('reading ahead', () => {
  test('answers the next read, and that one only', async () => {
    const { imds, server } = await scene();
    imds.readAhead([PATH]);
    await until(() => server.readsOf('meta-data/instance-id') === 1);
    expect(await imds.read(PATH)).toEqual({ kind: 'ok', value: 'i-0abc' });
    expect(server.readsOf('meta-data/instance-id')).toBe(1);
    server.items.set('meta-data/instance-id', 'i-0new');
    expect(await imds.read(PATH)).toEqual({ kind: 'ok', value: 'i-0new' });
  });

  test('that failed is read again', async () => {
    const { imds, server } = await scene();
    server.fault = ({ method }) => (method === 'GET' ? { kind: 'status', status: 403 } : undefined);
    imds.readAhead([PATH]);
    await until(() => server.readsOf('meta-data/instance-id') === 1);
    server.fault = () => undefined;
    expect(await imds.read(PATH)).toEqual({ kind: 'ok', value: 'i-0abc' });
  });
});

describe('the token', () => {
  test('is fetched once for reads that start together, and kept for later ones', async () => {
    const { imds, server } = await scene();
    const together = await Promise.all(Array.from({ length: 20 }, () => imds.read(PATH)));
    await imds.read(PATH);
    expect(together).toEqual(Array.from({ length: 20 }, () => ({ kind: 'ok', value: 'i-0abc' })));
    expect(server.tokenRequests).toBe(1);
    expect(server.readsOf('meta-data/instance-id')).toBe(21);
  });

  test('is renewed before it expires, once for all who read then', async () => {
    const { imds, clock, server } = await scene();
    await imds.read(PATH);
    await clock.advance(19_439_999);
    await imds.read(PATH);
    expect(server.tokenRequests).toBe(1);
    await clock.advance(1);
    await Promise.all([imds.read(PATH), imds.read(PATH)]);
    expect(server.tokenRequests).toBe(2);
    expect(server.log).toHaveLength(6); // no 401 on the way
  });

  test('lives only as long as the service says', async () => {
    const { imds, clock, server } = await scene();
    server.maxTtl = 60;
    await imds.read(PATH);
    await clock.advance(54_000);
    await imds.read(PATH);
    expect(server.tokenRequests).toBe(2);
    expect(server.log).toHaveLength(4);
  });

  test('is renewed when the service no longer knows it, once for all who read then', async () => {
    const { imds, server } = await scene();
    await imds.read(PATH);
    server.forgetTokens();
    const reads = await Promise.all(Array.from({ length: 8 }, () => imds.read(PATH)));
    expect(reads).toEqual(Array.from({ length: 8 }, () => ({ kind: 'ok', value: 'i-0abc' })));
    expect(server.tokenRequests).toBe(2);
  });

  test('survives a late answer that refuses the one before it', async () => {
    const { imds, server } = await scene();
    await imds.read(PATH);
    server.forgetTokens();
    const { promise: after, resolve: answer } = Promise.withResolvers<void>();
    let first = true;
    server.fault = () => {
      if (!first) return undefined;
      first = false;
      return { kind: 'status', status: 401, after };
    };
    const late = imds.read(PATH);
    await until(() => server.open === 1);
    await imds.read(PATH);
    answer();
    expect(await late).toEqual({ kind: 'ok', value: 'i-0abc' });
    expect(server.tokenRequests).toBe(2);
  });

  test('is not fetched over and over from a service that refuses what it gives', async () => {
    const { imds, server } = await scene();
    server.fault = ({ method }) => (method === 'GET' ? { kind: 'status', status: 401 } : undefined);
    const outcome = await imds.read(PATH);
    expect(outcome).toMatchObject({ kind: 'retry', fault: { code: 'LF_IMDS_MALFORMED' } });
    expect(server.tokenRequests).toBe(2);
  });

  test('is asked for again by the next read after it could not be had', async () => {
    const { imds, clock, server } = await scene();
    server.fault = () => ({ kind: 'status', status: 503 });
    const denied = await finish(clock, Promise.all([imds.read(PATH), imds.read(PATH)]));
    expect(denied.map(({ kind }) => kind)).toEqual(['retry', 'retry']);
    expect(server.tokenRequests).toBe(3);
    server.fault = () => undefined;
    expect(await imds.read(PATH)).toEqual({ kind: 'ok', value: 'i-0abc' });
  });
});

describe('giving up', () => {
  const reason = new Error('enough');

  test('a read whose signal is aborted beforehand sends nothing', async () => {
    const { imds, server } = await scene();
    await imds.read(PATH);
    await expect(imds.read(PATH, AbortSignal.abort(reason))).rejects.toBe(reason);
    expect(server.log).toHaveLength(2);
  });

  test('a read that is aborted while the service is silent ends at once', async () => {
    const { imds, clock, server } = await scene();
    server.fault = ({ method }) => (method === 'GET' ? { kind: 'hang' } : undefined);
    const abort = new AbortController();
    const read = imds.read(PATH, abort.signal);
    await until(() => server.readsOf('meta-data/instance-id') === 1);
    abort.abort(reason);
    await expect(read).rejects.toBe(reason);
    expect(clock.sleeping).toBe(0);
  });

  test('a read that is aborted while it backs off ends at once', async () => {
    const clock = new FakeClock();
    const server = await ImdsServer.start(clock);
    server.fault = ({ method }) => (method === 'GET' ? { kind: 'reset' } : undefined);
    const imds = new Imds(server.endpoint, { clock, random: () => 0.5 });
    const abort = new AbortController();
    const read = imds.read(PATH, abort.signal);
    await until(() => server.readsOf('meta-data/instance-id') === 1 && clock.sleeping === 1);
    abort.abort(reason);
    await expect(read).rejects.toBe(reason);
  });

  test('one reader that gives up does not fail the others that wait for the same token', async () => {
    const { imds, clock, server } = await scene();
    let hung = false;
    server.fault = ({ method }) => {
      if (method !== 'PUT' || hung) return undefined;
      hung = true;
      return { kind: 'hang' };
    };
    const abort = new AbortController();
    const impatient = imds.read(PATH, abort.signal);
    const patient = imds.read(PATH);
    await until(() => server.tokenRequests === 1 && clock.sleeping === 1);
    abort.abort(reason);
    await expect(impatient).rejects.toBe(reason);
    await clock.advance(1000);
    expect(await finish(clock, patient)).toEqual({ kind: 'ok', value: 'i-0abc' });
  });

  test('closing ends what is under way, and later reads', async () => {
    const { imds, clock, server } = await scene();
    server.fault = () => ({ kind: 'hang' });
    const read = imds.read(PATH);
    await until(() => server.tokenRequests === 1);
    imds.close();
    await expect(read).rejects.toMatchObject({ name: 'AbortError' });
    await expect(imds.read(PATH)).rejects.toMatchObject({ name: 'AbortError' });
    await until(() => clock.sleeping === 0);
    expect(server.log).toHaveLength(1);
  });
});
