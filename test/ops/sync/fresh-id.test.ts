import { expect, test } from 'vitest';
import { createPatience } from '#scripts/ops/across/patience.ts';
import { createCaller } from '#scripts/ops/sync/calls.ts';
import { seek } from '#scripts/ops/sync/fresh-id.ts';
import { FakeClock } from '../../support/fake-clock.ts';

/** Looks for an id of `ageMs` that never shows, in a command of 5 seconds. */
function lookFor(ageMs: number) {
  const clock = new FakeClock();
  const stop = new AbortController();
  const times = { pollMs: 1000, timeoutMs: 5000 };
  const patience = createPatience({ ...times, clock, random: () => 0, stop: stop.signal });
  const caller = createCaller('EC2', 'eu-west-1', patience, 'the environment');
  let looks = 0;
  const found = seek({ clock, caller, bornAt: clock.now() - ageMs }, async () => {
    looks += 1;
    return undefined;
  });
  const outcome = found.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
  return { clock, stop, outcome, looks: () => looks };
}

test('an id that is old and not found is missing', async () => {
  const { outcome, looks } = lookFor(31_000);
  expect(await outcome).toEqual({ value: undefined });
  expect(looks()).toBe(1);
});

test('one that is fresh is not missing when the time of the command is up: it would be copied a second time', async () => {
  const { clock, outcome, looks } = lookFor(0);
  for (let second = 0; second < 6; second += 1) await clock.advance(1000);
  expect(await outcome).toMatchObject({ error: { fault: { code: 'LF_SYNC_PENDING' } } });
  expect(looks()).toBeGreaterThan(2);
});

test('nor when the command is stopped', async () => {
  const { clock, stop, outcome } = lookFor(0);
  await clock.advance(1000);
  stop.abort();
  expect(await outcome).toMatchObject({ error: { fault: { code: 'LF_INTERRUPTED' } } });
});

test('one that is fresh until half a minute passed is missing then', async () => {
  const { clock, outcome } = lookFor(28_500);
  for (let second = 0; second < 3; second += 1) await clock.advance(1000);
  expect(await outcome).toEqual({ value: undefined });
});
