import { expect, it } from 'vitest';
import { createDeadline, orLate } from '#agent/termination/deadline.ts';
import { FakeClock } from '../support/fake-clock.ts';

it('aborts when its time is up, and not before', async () => {
  const clock = new FakeClock();
  const deadline = createDeadline(clock, 1000);
  await clock.advance(999);
  expect([deadline.signal.aborted, deadline.leftMs()]).toEqual([false, 1]);
  await clock.advance(1);
  expect([deadline.signal.aborted, deadline.leftMs()]).toEqual([true, 0]);
});

it('only comes nearer', async () => {
  const clock = new FakeClock();
  const deadline = createDeadline(clock, 1000);
  deadline.shorten(5000);
  expect(deadline.leftMs()).toBe(1000);
  deadline.shorten(100);
  await clock.advance(100);
  expect(deadline.signal.aborted).toBe(true);
});

it('ends with its parent, and leaves no timer when it is cleared', async () => {
  const clock = new FakeClock();
  const parent = new AbortController();
  const deadline = createDeadline(clock, 1000, parent.signal);
  parent.abort();
  expect(deadline.signal.aborted).toBe(true);
  deadline.clear();
  await clock.advance(0);
  expect(clock.sleeping).toBe(0);
});

it('shrinks its shares with it', async () => {
  const clock = new FakeClock();
  const deadline = createDeadline(clock, 1000);
  const half = deadline.share((leftMs) => leftMs / 2);
  expect(half.leftMs()).toBe(500);
  deadline.shorten(100);
  expect(half.leftMs()).toBe(50);
  await clock.advance(50);
  expect([half.signal.aborted, deadline.signal.aborted]).toEqual([true, false]);
});

it('a month is no time at all for setTimeout, and still not over at once', async () => {
  const clock = new FakeClock();
  const deadline = createDeadline(clock, 30 * 86_400_000);
  await clock.advance(1000);
  expect(deadline.signal.aborted).toBe(false);
});

it('work that is late is left behind, whatever becomes of it', async () => {
  const clock = new FakeClock();
  const deadline = createDeadline(clock, 10);
  const work = Promise.withResolvers<string>();
  const waiting = orLate(work.promise, deadline.signal);
  await clock.advance(10);
  expect(await waiting).toBe('late');
  work.reject(new Error('nobody listens'));
  expect(await orLate(Promise.resolve('in time'), new AbortController().signal)).toBe('in time');
});
