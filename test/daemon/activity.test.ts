import { expect, it } from 'vitest';
import { Activity } from '#agent/daemon/runtime/activity.ts';
import { RepeatedWarning } from '#agent/daemon/runtime/repeated-warning.ts';
import { loggerInto } from '../support/configuring.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { retrying } from '../support/memory-store.ts';

it('says what is under way, for how long and until when, and the log says it at a growing pace', async () => {
  const clock = new FakeClock();
  const log: string[] = [];
  const activity = new Activity({ clock, logger: loggerInto(log) });
  const { promise, resolve } = Promise.withResolvers<void>();
  const until = new Date(clock.now() + 600_000).toISOString();
  const done = activity.during('scripts', () => activity.during('scripts.10-base', () => promise, 600_000));
  await clock.advance(9_999);
  expect(log).toEqual([]);
  for (let at = 0; at < 100; at += 1) await clock.advance(1000);
  expect(activity.line).toMatch(
    new RegExp(`^scripts for .*, scripts\\.10-base for .*, until ${until} at the latest$`),
  );
  expect(activity.document).toMatchObject([
    { name: 'scripts', until: null },
    { name: 'scripts.10-base', until },
  ]);
  // After 10, 30 and 70 s, once each: by the inner one.
  expect(log).toHaveLength(3);
  resolve();
  await done;
  await clock.advance(1_000_000);
  expect([activity.line, activity.document, log.length, clock.sleeping]).toEqual([undefined, [], 3, 0]);
});

it('a step that throws is under way no longer', async () => {
  const clock = new FakeClock();
  const activity = new Activity({ clock, logger: loggerInto([]) });
  await expect(activity.during('claims', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect([activity.line, clock.sleeping]).toEqual([undefined, 0]);
});

it('a failure that lasts is told at once, then at a growing pace; another one, or one after its end, at once', async () => {
  const clock = new FakeClock();
  const log: string[] = [];
  const warning = new RepeatedWarning({ clock, logger: loggerInto(log) });
  const { fault } = retrying('LF_IMDS_UNREACHABLE');
  for (let at = 0; at < 300; at += 1) {
    warning.tell('not ready', fault);
    await clock.advance(1000);
  }
  // At 0, 30, 90 and 210 s.
  expect(log).toHaveLength(4);
  warning.tell('not ready', retrying('LF_SOURCE_DENIED').fault);
  warning.end();
  warning.tell('not ready', retrying('LF_SOURCE_DENIED').fault);
  expect(log).toHaveLength(6);
});
