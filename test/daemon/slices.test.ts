import { describe, expect, it } from 'vitest';
import { inSlices } from '#agent/daemon/runtime/slices.ts';
import { ok } from '#kit/outcome.ts';
import type { Steps } from '#kit/steps.ts';
import { configuratorBench, type ConfiguratorBench } from '../support/configuring.ts';
import { FakeClock } from '../support/fake-clock.ts';

/** So fast that each step takes a slice. */
class FastClock extends FakeClock {
  #asked = 0;

  override monotonic(): number {
    this.#asked += 1;
    return super.monotonic() + this.#asked * 8;
  }
}

function* counting(steps: number, done: number[] = []): Steps<string> {
  for (let step = 1; step <= steps; step += 1) {
    done.push(step);
    yield;
  }
  return 'all of it';
}

const { signal } = new AbortController();

describe('work in slices', () => {
  it('is done at once when it is short', async () => {
    let pauses = 0;
    const breathe = async (): Promise<void> => void (pauses += 1);
    expect(await inSlices(counting(100), { clock: new FakeClock(), signal, breathe })).toBe('all of it');
    expect(pauses).toBe(0);
  });

  it('lets others have their turn whenever a slice is over, and goes on where it was', async () => {
    const clock = new FakeClock();
    const done: number[] = [];
    const turns: number[][] = [];
    const steps = (function* (): Steps<string> {
      const all = counting(7, done);
      for (let step = all.next(); !step.done; step = all.next()) {
        void clock.advance(4);
        yield;
      }
      return 'all of it';
    })();
    const breathe = async (): Promise<void> => void turns.push([...done]);
    expect(await inSlices(steps, { clock, signal, breathe })).toBe('all of it');
    expect(turns).toEqual([
      [1, 2],
      [1, 2, 3, 4],
      [1, 2, 3, 4, 5, 6],
    ]);
  });

  it('is given up between two slices when it is to stop', async () => {
    const stop = new AbortController();
    const done: number[] = [];
    const breathe = async (): Promise<void> => stop.abort(new Error('stopping'));
    const work = inSlices(counting(7, done), { clock: new FastClock(), signal: stop.signal, breathe });
    await expect(work).rejects.toThrow('stopping');
    expect(done).toEqual([1]);
  });

  it('answers what came in meanwhile, where nothing else is said', async () => {
    const heard: string[] = [];
    setImmediate(() => heard.push('a request'));
    await inSlices(counting(3), { clock: new FastClock(), signal });
    expect(heard).toEqual(['a request']);
  });
});

/** A change from `a=1` to `a=2`, and what is done at each of its pauses. */
async function changing(atPause: (bench: ConfiguratorBench, pause: number) => unknown) {
  let pauses = 0;
  let isUnderWay = false;
  const bench: ConfiguratorBench = configuratorBench({
    clock: new FastClock(),
    breathe: async () => {
      if (!isUnderWay) return;
      pauses += 1;
      await atPause(bench, pauses);
    },
  });
  bench.store.put('p/base/app.properties', 'a=1\nb=${a}\n').put('p/role/web/more.yaml', 'c: [1, 2]\n');
  await bench.check();
  bench.news();
  bench.store.put('p/base/app.properties', 'a=2\nb=${a}\n').put('p/role/web/more.yaml', 'c: [3]\n');
  isUnderWay = true;
  return { bench, pauses: () => pauses };
}

const BEFORE = { a: '1', b: '1', c: '["1","2"]', 'c.0': '1', 'c.1': '2' };
const AFTER = { a: '2', b: '2', c: '["3"]', 'c.0': '3' };

describe('a change that is taken up in slices', () => {
  it('is seen by nobody before it is there whole', async () => {
    const seen: unknown[] = [];
    const { bench, pauses } = await changing((running) => seen.push(running.values()));
    expect(await bench.check()).toEqual(ok({ changed: true, generation: 2 }));
    expect(pauses()).toBeGreaterThan(10);
    expect(seen).toEqual(seen.map(() => BEFORE));
    expect(bench.values()).toEqual(AFTER);
  });

  it('is over before a newer one begins, which is then judged against it', async () => {
    let second: Promise<unknown> | undefined;
    const open: number[] = [];
    const { bench } = await changing((running, pause) => {
      const { begun, ended } = running.configurator.changes;
      open.push(begun - ended);
      if (pause !== 3) return;
      running.store.put('p/base/app.properties', 'a=3\nb=${a}\n');
      second = running.check();
    });
    await bench.check();
    expect(bench.ring.active?.number).toBe(2);
    expect(bench.values()).toEqual(AFTER);
    await second;
    expect(bench.values()).toEqual({ ...AFTER, a: '3', b: '3' });
    expect(new Set(open)).toEqual(new Set([1]));
    expect(bench.ring.diff(3)?.changed).toMatchObject([
      { key: 'a', before: '2', after: '3' },
      { key: 'b', before: '2', after: '3' },
    ]);
    expect(bench.news()).toEqual(['generation', 'generation']);
  });

  it('knows nothing of an override that comes in the midst, which is in force right after it', async () => {
    let overridden: Promise<unknown> | undefined;
    const override = { key: 'a', value: '9', reason: 'a trial', setAt: 0, expiresAt: Infinity };
    const { bench } = await changing(({ configurator }, pause) => {
      if (pause === 3) overridden = configurator.override((set) => set.with(override), signal);
    });
    await bench.check();
    expect(bench.values()).toEqual(AFTER);
    expect(await overridden).toBeUndefined();
    expect(bench.values()).toEqual({ ...AFTER, a: '9', b: '9' });
  });

  it('is left where it is when the daemon stops, and taken up anew by who comes next', async () => {
    const stop = new AbortController();
    const { bench } = await changing((_bench, pause) => pause === 3 && stop.abort(new Error('stopping')));
    await expect(bench.configurator.check(stop.signal)).rejects.toThrow('stopping');
    expect(bench.values()).toEqual(BEFORE);
    expect([bench.news(), bench.saved.length]).toEqual([[], 1]);
    expect(await bench.check()).toEqual(ok({ changed: true, generation: 2 }));
    expect(bench.values()).toEqual(AFTER);
  });
});
