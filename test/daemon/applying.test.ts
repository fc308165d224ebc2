import { describe, expect, it } from 'vitest';
import type { Applier, ApplyOrder } from '#agent/daemon/configuration/applier.ts';
import type { GenerationPolicy, GuardFinding } from '#config-service';
import type { Change } from '#agent/apply/apply-work.ts';
import { fail, ok, retry, type Outcome } from '#kit/outcome.ts';
import { configuratorBench, type ConfiguratorBench } from '../support/configuring.ts';

const NOTHING = { findings: [], shown: [] };

const FAULT = {
  code: 'LF_UNEXPECTED',
  operation: 'apply',
  subject: 'nginx',
  cause: 'the check failed',
  hint: 'Look.',
} as const;

const CHANGE: Change = { entry: 'templates.nginx', subject: '/etc/nginx.conf', action: 'replace' };

/** A bench whose applier does what `act` says; `seen` is what readers saw when it was called. */
function applying(
  act: (order: ApplyOrder, round: number) => Outcome<readonly Change[]>,
  policy: Partial<GenerationPolicy> = {},
) {
  const rounds: { before: number | undefined; next: number; visible: string[] }[] = [];
  const applier: Applier = {
    concerns: () => true,
    apply: async (order) => {
      const visible = [Object.values(bench.values()).join()];
      rounds.push({ before: order.before?.number, next: order.next.number, visible });
      await Promise.resolve();
      const outcome = act(order, rounds.length);
      visible.push(Object.values(bench.values()).join());
      return outcome;
    },
  };
  const bench: ConfiguratorBench = configuratorBench({ applier, policy });
  return { bench, rounds };
}

const flipped = (order: ApplyOrder): Outcome<readonly Change[]> => {
  order.flip(NOTHING);
  return ok([CHANGE]);
};

describe('a generation whose plan has something to apply', () => {
  it('is seen by readers from the flip on, and what changed is an event', async () => {
    const { bench, rounds } = applying(flipped);
    bench.store.put('p/base/app.properties', 'a=1\n');
    expect((await bench.check()).kind).toBe('ok');
    expect(rounds).toEqual([{ before: undefined, next: 1, visible: ['', '1'] }]);
    expect(bench.events.since(0)).toMatchObject([
      { kind: 'generation', data: { number: 1 } },
      { kind: 'applied', data: { number: 1, changes: [CHANGE] } },
    ]);
  });

  it('is refused whole when it cannot be applied: readers see the one before again, and it is not tried each tick', async () => {
    const { bench, rounds } = applying((order, round) => {
      order.flip(NOTHING);
      if (round === 1) return ok([]);
      order.flipBack();
      return fail(FAULT);
    });
    bench.store.put('p/base/app.properties', 'a=1\n');
    await bench.check();
    bench.store.put('p/base/app.properties', 'a=2\n');
    expect(await bench.check()).toEqual(fail(FAULT));
    expect(bench.values()).toEqual({ a: '1' });
    expect(bench.ring.summaries()).toMatchObject([
      { number: 2, state: 'refused' },
      { number: 1, state: 'active' },
    ]);
    expect(bench.ring.since('a')).toBe(bench.ring.active?.activatedAt);
    expect(await bench.check()).toEqual(fail(FAULT));
    expect(rounds).toHaveLength(2);
  });

  it('is tried again when it waits for something: that is no verdict', async () => {
    const { bench, rounds } = applying((order, round) => (round < 3 ? retry(FAULT) : flipped(order)));
    bench.store.put('p/base/app.properties', 'a=1\n');
    expect((await bench.check()).kind).toBe('retry');
    expect((await bench.check()).kind).toBe('retry');
    expect(bench.ring.active).toBeUndefined();
    expect((await bench.check()).kind).toBe('ok');
    expect(rounds).toHaveLength(3);
  });

  it('leaves nothing half when the applier has a defect', async () => {
    const { bench } = applying((order) => {
      order.flip(NOTHING);
      throw new Error('a defect');
    });
    bench.store.put('p/base/app.properties', 'a=1\n');
    expect(await bench.check()).toMatchObject({ kind: 'fail', fault: { code: 'LF_UNEXPECTED' } });
    expect(bench.ring.active).toBeUndefined();
  });

  it('is not settled while the first one is under way, and settled ever after', async () => {
    const seen: boolean[] = [];
    const { bench } = applying((order) => {
      order.flip(NOTHING);
      seen.push(bench.configurator.settled);
      return ok([]);
    });
    bench.store.put('p/base/app.properties', 'a=1\n');
    await bench.check();
    bench.store.put('p/base/app.properties', 'a=2\n');
    await bench.check();
    expect(seen).toEqual([false, true]);
    expect(bench.configurator.settled).toBe(true);
  });

  it('is applied again when only a file of its layers changed, without a new generation', async () => {
    const { bench, rounds } = applying(flipped);
    bench.store.put('p/base/app.properties', 'a=1\n').put('p/base/templates/x.liquid', 'one');
    await bench.check();
    bench.store.put('p/base/templates/x.liquid', 'two');
    expect(await bench.check()).toEqual(ok({ changed: false, generation: 1 }));
    expect(rounds).toHaveLength(2);
    // As hooks and whoever listens are told.
    expect(rounds.map(({ next }) => next)).toEqual([1, 1]);
    const told = bench.events.since(0).filter(({ kind }) => kind === 'applied');
    expect(told.map(({ data }) => data['number'])).toEqual([1, 1]);
  });
});

describe('what the guard only warns of', () => {
  const FOREIGN = 'q=https://sqs.us-east-1.amazonaws.com/1/q\n';
  const LINE: GuardFinding = {
    key: 'templates/n',
    region: 'us-east-1',
    kind: 'host',
    severity: 'error',
    text: 'sqs.us-east-1.amazonaws.com',
    suggestion: undefined,
  };

  it('is counted and logged in rendered files as in values, also of a generation that is known', async () => {
    const { bench } = applying(
      (order, round) => {
        order.flip({ findings: Array.from({ length: round }, () => LINE), shown: [] });
        return ok([]);
      },
      { guard: 'warn' },
    );
    bench.store.put('p/base/app.properties', FOREIGN).put('p/base/templates/n', 'one');
    await bench.check();
    expect(bench.configurator.sighted.foreign.count).toBe(2);
    expect(bench.log).toContain('a value names another region {"key":"templates/n","region":"us-east-1"}');
    bench.store.put('p/base/templates/n', 'two');
    await bench.check();
    expect(bench.configurator.sighted.foreign.count).toBe(3);
    expect(bench.log.filter((line) => line.includes('"templates/n"'))).toHaveLength(3);
    expect(bench.log.filter((line) => line.includes('"key":"q"'))).toHaveLength(1);
  });

  it('is counted as before when files and API flip back', async () => {
    const { bench } = applying(
      (order, round) => {
        order.flip(NOTHING);
        if (round === 1) return ok([]);
        order.flipBack();
        return fail(FAULT);
      },
      { guard: 'warn' },
    );
    bench.store.put('p/base/app.properties', 'a=1\n');
    await bench.check();
    bench.store.put('p/base/app.properties', `a=2\n${FOREIGN}`);
    expect(await bench.check()).toEqual(fail(FAULT));
    expect(bench.configurator.sighted.foreign.count).toBe(0);
  });
});

describe('an override beside a check', () => {
  it('takes its turn: no two generations are under way at a time', async () => {
    const order: string[] = [];
    const { promise: held, resolve: open } = Promise.withResolvers<void>();
    const applier: Applier = {
      concerns: () => true,
      apply: async ({ next, flip }) => {
        order.push(`begin ${next.number}`);
        if (next.number === 2) await held;
        flip(NOTHING);
        order.push(`end ${next.number}`);
        return ok([]);
      },
    };
    const bench = configuratorBench({ applier });
    bench.store.put('p/base/app.properties', 'a=1\nb=1\n');
    await bench.check();
    bench.store.put('p/base/app.properties', 'a=2\nb=1\n');
    const checking = bench.check();
    const override = { key: 'b', value: '9', reason: 'r', setAt: 0, expiresAt: bench.clock.now() + 1000 };
    const overriding = bench.configurator.override(
      (overrides) => overrides.with(override),
      new AbortController().signal,
    );
    // Whoever could get in between has had the time to.
    for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => void setImmediate(resolve));
    expect(order).toEqual(['begin 1', 'end 1', 'begin 2']);
    open();
    await Promise.all([checking, overriding]);
    expect(order).toEqual(['begin 1', 'end 1', 'begin 2', 'end 2', 'begin 3', 'end 3']);
    expect(bench.values()).toEqual({ a: '2', b: '9' });
  });
});
