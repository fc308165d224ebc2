import { expect, test } from 'vitest';
import { EventLog, type AgentEvent } from '../../config-service/server/event-log.ts';
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

test('tells each listener each event until it leaves', () => {
  const log = new EventLog(new FakeClock());
  const heard: AgentEvent['id'][] = [];
  const leave = log.subscribe(({ id }) => heard.push(id));
  log.record('source', {});
  leave();
  log.record('source', {});
  expect(heard).toEqual([1]);
});
