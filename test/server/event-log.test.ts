import { expect, test } from 'vitest';
import { EventLog, type AgentEvent } from '../../config-service/server/backend/event-log.ts';
import { FakeClock } from '../support/fake-clock.ts';

test('numbers events from 1, dates them, and keeps the last ones', async () => {
  const clock = new FakeClock(0);
  const log = new EventLog(clock, 2);
  expect(log.lastId).toBe(0);
  log.record('source', { n: 1 });
  await clock.advance(5);
  log.record('applied', { n: 2 });
  log.record('refused', { n: 3 });
  expect(log.lastId).toBe(3);
  expect(log.since(0)).toEqual([
    { id: 2, at: 5, kind: 'applied', data: { n: 2 } },
    { id: 3, at: 5, kind: 'refused', data: { n: 3 } },
  ]);
  expect(log.since(3)).toEqual([]);
});

test('remembers half a mebibyte at most, and always the newest', () => {
  const log = new EventLog(new FakeClock());
  const keys = Array.from({ length: 1000 }, (_, n) => `service.setting.${n}`);
  for (let n = 0; n < 100; n += 1) log.record('generation', { n, keys });
  expect(log.bytes).toBeLessThanOrEqual(128 * 1024);
  expect(log.since(0).at(-1)).toMatchObject({ id: 100, data: { n: 99, keys } });
  log.record('generation', { text: 'x'.repeat(600 * 1024) });
  expect(log.since(0).map(({ id }) => id)).toEqual([101]);
});

test('holds on to nothing that the event was made of', () => {
  const log = new EventLog(new FakeClock());
  const data = { keys: ['a'] };
  log.record('generation', data);
  data.keys.push('b');
  expect(log.since(0)[0]?.data).toEqual({ keys: ['a'] });
});

test('tells each listener each event until it leaves', () => {
  const log = new EventLog(new FakeClock());
  const heard: AgentEvent['id'][] = [];
  const leave = log.subscribe(({ id }) => heard.push(id));
  log.record('source', {});
  leave();
  log.record('source', {});
  expect(heard).toEqual([1]);
});
