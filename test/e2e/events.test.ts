import { request, type IncomingMessage } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mustBeDocumentedEvents, type SentEvent } from '../support/api-document.ts';
import { readUntil } from '../support/raw-http.ts';
import type { Citizen, Json } from './citizen.ts';
import { Payroll } from './payroll.ts';

let payroll: Payroll;
let citizen: Citizen;

beforeAll(async () => {
  payroll = await Payroll.open();
  citizen = await payroll.run();
  await citizen.follows();
});
afterAll(() => payroll[Symbol.asyncDispose]());

/** Opens the stream, lets `cause` happen, and gives all events up to the one of this kind. */
async function eventsUntil(kind: string, cause: () => unknown, query = ''): Promise<readonly SentEvent[]> {
  const stream = await new Promise<IncomingMessage>((resolve, reject) => {
    const path = `/v1/events${query}`;
    const signal = AbortSignal.timeout(10_000);
    request({ ...citizen.tcp, path, agent: false, signal, headers: { host: 'localhost' } }, resolve)
      .on('error', reject)
      .end();
  });
  expect([stream.statusCode, stream.headers['content-type']]).toEqual([
    200,
    expect.stringMatching(/^text\/event-stream/),
  ]);
  const text = readUntil(stream, (all) => new RegExp(`^event: ${kind}$[^]*?\\n\\n`, 'm').test(all));
  await cause();
  const events = mustBeDocumentedEvents(await text);
  stream.destroy();
  return events;
}

describe('GET /v1/events', () => {
  it('tells a new generation, with the keys and no value', async () => {
    const events = await eventsUntil('generation', () =>
      payroll.put('environment/prod/prod.properties', 'log.level=ERROR\n'),
    );
    expect(events.at(-1)).toMatchObject({ event: 'generation', data: { number: 2, keys: ['log.level'] } });
    expect(JSON.stringify(events)).not.toContain('ERROR');
  });

  it('tells an override, and its end', async () => {
    const body = '{"value":"SECRETIVE","for":"1h","reason":"x"}';
    const events = await eventsUntil('override', () =>
      citizen.ask('/v1/overrides/log.level', { method: 'PUT', body }),
    );
    expect(events.at(-1)?.data).toMatchObject({ action: 'set', key: 'log.level' });
    expect(JSON.stringify(events)).not.toContain('SECRETIVE');
    const ended = await eventsUntil('override', () =>
      citizen.ask('/v1/overrides/log.level', { method: 'DELETE' }),
    );
    expect(ended.at(-1)?.data).toMatchObject({ action: 'unset', key: 'log.level' });
  });

  it('tells a refusal, once, however often the same is met', async () => {
    const before = (await citizen.json('/v1/generations'))['generations'] as Json[];
    const events = await eventsUntil('refused', () =>
      payroll.put('environment/prod/prod.properties', 'log.level=ERROR\nworkers=${nobody}\n'),
    );
    expect(events.at(-1)?.data).toMatchObject({ code: 'LF_REFERENCE_UNKNOWN' });
    await citizen.cli('refresh');
    await citizen.cli('refresh');
    const after = (await citizen.json('/v1/generations'))['generations'] as Json[];
    expect(after.filter(({ state }) => state === 'refused')).toHaveLength(1);
    expect(after).toHaveLength(before.length + 1);
    payroll.put('environment/prod/prod.properties', 'log.level=ERROR\n');
    await citizen.follows();
  });

  it('tells that the source is lost, and that it is back', async () => {
    const lost = await eventsUntil('source', () =>
      payroll.sandbox.faults.add({ service: 's3', effect: 'reset' }),
    );
    expect(lost.at(-1)?.data).toMatchObject({ state: 'stale', code: 'LF_SOURCE_UNREACHABLE' });
    const back = await eventsUntil('source', () => payroll.sandbox.faults.clear());
    expect(back.at(-1)?.data).toMatchObject({ state: 'fresh' });
  });

  it('tells a newcomer what it missed, in order, without a gap', async () => {
    const all = await eventsUntil('source', () => {}, '?since=0');
    const ids = all.map(({ id }) => id);
    expect(ids).toEqual(ids.map((_, index) => index + 1));
    expect(all[0]).toMatchObject({ event: 'generation', data: { number: 1 } });
  });

  it('refuses a since that is no id', async () => {
    expect((await citizen.askTcp('/v1/events?since=yesterday')).status).toBe(400);
  });
});
