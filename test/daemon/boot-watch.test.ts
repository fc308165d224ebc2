import { expect, it } from 'vitest';
import { BootWatch } from '#agent/daemon/boot/boot-watch.ts';
import { ok } from '#kit/outcome.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { generationOf } from '../support/generations.ts';
import { failing, retrying } from '../support/memory-store.ts';

const generation = generationOf(1, { a: '1' });
const never = new AbortController().signal;

it('the first generation is the outcome, wherever it came from', async () => {
  const watch = new BootWatch(true);
  // The source failed, and the last known good stands in.
  watch.note(failing('LF_SOURCE_DENIED'), generation);
  expect(await watch.outcome).toEqual(ok(generation));
});

it('a bootstrap ends at once with what no waiting heals', async () => {
  const watch = new BootWatch(true);
  watch.note(retrying('LF_SOURCE_UNREACHABLE'), undefined);
  watch.note(failing('LF_BUCKET_MISSING'), undefined);
  expect(await watch.outcome).toMatchObject({ kind: 'fail', fault: { code: 'LF_BUCKET_MISSING' } });
});

it('a daemon waits on: somebody may create the bucket', async () => {
  const watch = new BootWatch(false);
  watch.note(failing('LF_BUCKET_MISSING'), undefined);
  watch.note(ok(undefined), generation);
  expect(await watch.outcome).toEqual(ok(generation));
});

it('when patience ends the last failure is the outcome, and the boot is told to stop', async () => {
  const clock = new FakeClock();
  const watch = new BootWatch(true);
  const expired = watch.expireAfter(120_000, clock, never);
  watch.note(retrying('LF_IMDS_UNREACHABLE'), undefined);
  watch.note(retrying('LF_SOURCE_THROTTLED'), undefined);
  await clock.advance(119_999);
  expect(expired.aborted).toBe(false);
  await clock.advance(1);
  expect(expired.aborted).toBe(true);
  expect(await watch.outcome).toMatchObject({ kind: 'fail', fault: { code: 'LF_SOURCE_THROTTLED' } });
});

it('patience that ends before anything failed still has a code', async () => {
  const clock = new FakeClock();
  const watch = new BootWatch(false);
  watch.expireAfter(1000, clock, never);
  await clock.advance(1000);
  expect(await watch.outcome).toMatchObject({ kind: 'fail', fault: { code: 'LF_SOURCE_UNREACHABLE' } });
});

it('without patience it waits for as long as it takes', async () => {
  const clock = new FakeClock();
  const watch = new BootWatch(false);
  expect(watch.expireAfter(undefined, clock, never).aborted).toBe(false);
  expect(clock.sleeping).toBe(0);
});

it('a cancelled wait keeps no timer', async () => {
  const clock = new FakeClock();
  const cancel = new AbortController();
  const expired = new BootWatch(true).expireAfter(1000, clock, cancel.signal);
  cancel.abort();
  await clock.advance(5000);
  expect(clock.sleeping).toBe(0);
  expect(expired.aborted).toBe(false);
});

it('patience does not end while the first generation is being applied, but with it', async () => {
  const clock = new FakeClock();
  const watch = new BootWatch(true);
  watch.expireAfter(120_000, clock, never);
  let applying = true;
  watch.extendWhile(() => applying);
  await clock.advance(600_000);
  applying = false;
  watch.note(ok(undefined), generation);
  expect(await watch.outcome).toEqual(ok(generation));
});

it('when patience ended meanwhile, what did not come of it is the outcome, whatever it was', async () => {
  const clock = new FakeClock();
  const watch = new BootWatch(false);
  watch.expireAfter(120_000, clock, never);
  watch.extendWhile(() => true);
  await clock.advance(120_000);
  watch.note(retrying('LF_SOURCE_UNREACHABLE'), undefined);
  expect(await watch.outcome).toMatchObject({ kind: 'fail', fault: { code: 'LF_SOURCE_UNREACHABLE' } });
});
