import { describe, expect, it } from 'vitest';
import { createCredentialSource, sdkCredentials, type Credentials } from '#agent/aws/credentials.ts';
import { silentLogger, type Logger } from '#kit/logger.ts';
import { ok, retry, type Outcome } from '#kit/outcome.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { valueOf } from '../support/pinned.ts';

const HOUR = 3_600_000;
const MINUTE = 60_000;

/** A metadata service whose answer the test sets, and a log of what was said. */
function setup(options: { random?: number; lifetimeMs?: number } = {}) {
  const clock = new FakeClock();
  const lines: string[] = [];
  const log = (message: string) => void lines.push(message);
  const logger: Logger = { debug: log, info: log, warn: log, error: log };
  const { lifetimeMs = HOUR } = options;
  const service = {
    loads: 0,
    down: false,
    gate: Promise.resolve(),
    load: async (): Promise<Outcome<Credentials>> => {
      service.loads += 1;
      const number = service.loads;
      await service.gate;
      if (service.down) {
        return retry({ code: 'LF_CREDENTIALS', operation: 'get', subject: 's', cause: 'down', hint: 'wait' });
      }
      return ok({ accessKeyId: `A${number}`, secretAccessKey: 's', expiration: clock.now() + lifetimeMs });
    },
  };
  const random = () => options.random ?? 0;
  const source = createCredentialSource({ load: service.load, clock, random, logger });
  const current = async () => valueOf(await source.get()).accessKeyId;
  return { clock, lines, service, source, current };
}

describe('credential source', () => {
  it.each([
    [0, 55],
    [1, 50],
  ])('renews five minutes ahead, and with jitter %d at %d minutes of sixty', async (random, minutes) => {
    const { clock, current } = setup({ random });
    expect(await current()).toBe('A1');
    await clock.advance(minutes * MINUTE - 1);
    expect(await current()).toBe('A1');
    await clock.advance(1);
    expect(await current()).toBe('A2');
  });

  it('loads once for callers that come together', async () => {
    const { service, current } = setup();
    expect(await Promise.all([current(), current(), current()])).toEqual(['A1', 'A1', 'A1']);
    expect(service.loads).toBe(1);
  });

  it('hands the failure through while it has nothing, and asks again each time', async () => {
    const { service, source } = setup();
    service.down = true;
    expect(await source.get()).toMatchObject({
      kind: 'retry',
      fault: { code: 'LF_CREDENTIALS', cause: 'down' },
    });
    await source.get();
    expect(service.loads).toBe(2);
  });

  it('serves the last ones while renewal fails, beyond their expiry, and says so once', async () => {
    const { clock, lines, service, current } = setup();
    await current();
    service.down = true;
    for (let waited = 0; waited < 2 * HOUR; waited += MINUTE) {
      await clock.advance(MINUTE);
      expect(await current()).toBe('A1');
    }
    expect(lines).toEqual(['credentials cannot be renewed, the last ones stay in use']);
    service.down = false;
    await clock.advance(MINUTE);
    expect(await current()).not.toBe('A1');
    expect(lines).toHaveLength(2);
  });

  it('asks at most once a minute while renewal fails or brings what is already old', async () => {
    for (const old of [false, true]) {
      const { clock, service, current } = setup({ lifetimeMs: old ? -MINUTE : HOUR });
      await current();
      await clock.advance(55 * MINUTE);
      service.down = !old;
      const before = service.loads;
      for (let second = 0; second < 60; second += 1) {
        await current();
        await clock.advance(1000);
      }
      expect(service.loads - before).toBe(1);
    }
  });

  it('asks again at once after a service refused them', async () => {
    const { source, current } = setup();
    await current();
    source.invalidate();
    expect(await current()).toBe('A2');
  });

  it('case 55: asks again, once a minute, while a service denies something: the role may be another one now', async () => {
    const { clock, source, service, current } = setup();
    expect(await current()).toBe('A1');
    source.doubt();
    expect(await current()).toBe('A1');
    await clock.advance(MINUTE);
    for (let denial = 0; denial < 100; denial += 1) source.doubt();
    expect(await current()).toBe('A2');
    for (let denial = 0; denial < 100; denial += 1) {
      source.doubt();
      await current();
    }
    expect(service.loads).toBe(2);
  });

  it('keeps the last ones when they are refused and no others can be had', async () => {
    const { service, source, current } = setup();
    await current();
    service.down = true;
    source.invalidate();
    expect(await current()).toBe('A1');
  });

  it('lets one caller go without taking the load from the others', async () => {
    const { service, source, current } = setup();
    const gate = Promise.withResolvers<void>();
    service.gate = gate.promise;
    const controller = new AbortController();
    const leaving = source.get(controller.signal);
    const staying = current();
    controller.abort();
    expect(await leaving).toMatchObject({ kind: 'retry', fault: { code: 'LF_CREDENTIALS' } });
    gate.resolve();
    expect(await staying).toBe('A1');
    expect(service.loads).toBe(1);
  });
});

describe('a metadata client that is closed', () => {
  it('is a failure, not an exception', async () => {
    const { clock } = setup();
    const source = createCredentialSource({
      load: () => Promise.reject(new Error('closed')),
      clock,
      random: () => 0,
      logger: silentLogger,
    });
    expect(await source.get()).toMatchObject({
      kind: 'retry',
      fault: { code: 'LF_CREDENTIALS', cause: 'closed' },
    });
  });
});

describe('sdkCredentials', () => {
  it('gives the expiry as a date, which is what makes the SDK ask again', async () => {
    const { clock, source } = setup();
    expect(await sdkCredentials(source)()).toEqual({
      accessKeyId: 'A1',
      secretAccessKey: 's',
      expiration: new Date(clock.now() + HOUR),
    });
  });

  it('throws the fault', async () => {
    const { service, source } = setup();
    service.down = true;
    await expect(sdkCredentials(source)()).rejects.toMatchObject({ fault: { code: 'LF_CREDENTIALS' } });
  });
});
