import { describe, expect, it, onTestFinished } from 'vitest';
import { OverrideExpiry } from '#agent/daemon/configuration/override-expiry.ts';
import { OverrideSet, type ActiveOverride } from '#agent/daemon/runtime/override-set.ts';
import { FakeClock } from '../support/fake-clock.ts';

const DAY = 86_400_000;

function overrideOf(clock: FakeClock, key: string, forMs: number): ActiveOverride {
  return { key, value: 'v', reason: 'ticket 4711', setAt: clock.now(), expiresAt: clock.now() + forMs };
}

function setOf(clock: FakeClock, spans: Readonly<Record<string, number>>): OverrideSet {
  const overrides = new OverrideSet(clock);
  overrides.replace(Object.entries(spans).map(([key, forMs]) => overrideOf(clock, key, forMs)));
  return overrides;
}

const keysOf = (overrides: readonly ActiveOverride[]) => overrides.map(({ key }) => key);

describe('the set', () => {
  it('shows what has not expired, sorted by key, and ends each to the millisecond', async () => {
    const clock = new FakeClock();
    const overrides = setOf(clock, { b: 2000, a: 1000 });
    expect(keysOf(overrides.active)).toEqual(['a', 'b']);
    await clock.advance(999);
    expect(overrides.active).toHaveLength(2);
    await clock.advance(1);
    expect(keysOf(overrides.active)).toEqual(['b']);
  });

  it('proposes a change without making it', () => {
    const clock = new FakeClock();
    const overrides = setOf(clock, { a: 1000, b: 1000 });
    const again = overrideOf(clock, 'a', 5000);
    expect(overrides.with(again).filter(({ key }) => key === 'a')).toEqual([again]);
    expect(keysOf(overrides.without('a'))).toEqual(['b']);
    expect(keysOf(overrides.active)).toEqual(['a', 'b']);
    expect(overrides.active).not.toContain(again);
  });

  it('knows the next end, and none when nothing is left', async () => {
    const clock = new FakeClock();
    const overrides = setOf(clock, { a: 3000, b: 1000 });
    expect(overrides.nextExpiry).toBe(clock.now() + 1000);
    await clock.advance(3000);
    expect(overrides.nextExpiry).toBeUndefined();
  });

  it('lets go of the expired ones by name, once', async () => {
    const clock = new FakeClock();
    const overrides = setOf(clock, { a: 1000, b: 1000, c: 2000 });
    await clock.advance(1000);
    expect(overrides.dropExpired()).toEqual(['a', 'b']);
    expect(overrides.dropExpired()).toEqual([]);
  });
});

/** An expiry that is armed, and what it told when. */
function watched(spans: Readonly<Record<string, number>>) {
  const clock = new FakeClock();
  const overrides = setOf(clock, spans);
  const ended: [at: number, keys: readonly string[]][] = [];
  const start = clock.now();
  const expiry = new OverrideExpiry(clock, overrides, (keys) => ended.push([clock.now() - start, keys]));
  onTestFinished(() => expiry.close());
  expiry.arm();
  return { clock, overrides, expiry, ended };
}

describe('expiry', () => {
  it('is told at the moment of each end, with the keys', async () => {
    const { clock, ended } = watched({ a: 1000, b: 1000, c: 5000 });
    await clock.advance(10_000);
    expect(ended).toEqual([
      [1000, ['a', 'b']],
      [5000, ['c']],
    ]);
  });

  it('may be a month ahead, beyond what a timer of Node holds', async () => {
    const { clock, ended } = watched({ a: 30 * DAY });
    await clock.advance(30 * DAY - 1);
    expect(ended).toEqual([]);
    await clock.advance(1);
    expect(ended).toEqual([[30 * DAY, ['a']]]);
  });

  it('follows a change when armed again', async () => {
    const { clock, overrides, expiry, ended } = watched({ a: 60_000 });
    overrides.replace([overrideOf(clock, 'b', 1000)]);
    expiry.arm();
    await clock.advance(60_000);
    expect(ended).toEqual([[1000, ['b']]]);
  });

  it('does not come early when the wall clock jumps back', async () => {
    const { clock, ended } = watched({ a: 10_000 });
    clock.jump(-5000);
    await clock.advance(10_000);
    expect(ended).toEqual([]);
    await clock.advance(5000);
    expect(ended).toHaveLength(1);
  });

  it('keeps no timer when nothing can expire, or when closed', async () => {
    const { clock, expiry } = watched({ a: 1000 });
    expect(clock.sleeping).toBe(1);
    await expiry.close();
    expect(clock.sleeping).toBe(0);
    const idle = watched({});
    expect(idle.clock.sleeping).toBe(0);
  });
});
