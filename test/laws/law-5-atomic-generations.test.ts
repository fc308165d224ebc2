import { expect, it } from 'vitest';
import { fail, ok } from '#kit/outcome.ts';
import { configuratorBench } from '../support/configuring.ts';
import { daemonBench } from '../support/daemon-bench.ts';
import { valueOf } from '../support/fetching.ts';
import { finish } from '../support/patience.ts';
import { ask } from '../support/raw-http.ts';

it('law 5: no reader ever sees half of two generations', async () => {
  const bench = await daemonBench();
  const version = (n: number): void => {
    bench.put('base/app.properties', `left=${n}\n`);
    bench.put('role/web/app.properties', `right=${n}\n`);
  };
  version(0);
  const daemon = await bench.daemon();
  valueOf(await finish(bench.clock, daemon.booted));
  const seen = new Set<string>();
  const stop = new AbortController();
  const reader = async (): Promise<void> => {
    while (!stop.signal.aborted) {
      const { properties } = (await ask(bench.socket, { path: '/v1/config' })).json() as {
        properties: { left: string; right: string };
      };
      expect(properties.left).toBe(properties.right);
      seen.add(properties.left);
    }
  };
  const readers = [reader(), reader(), reader()];
  for (let n = 1; n <= 20; n += 1) {
    version(n);
    await finish(bench.clock, daemon.refresh());
  }
  stop.abort();
  await Promise.all(readers);
  expect(seen.size).toBeGreaterThan(5);
});

it('law 5: what cannot be applied flips back whole and is not tried each tick', async () => {
  let applied = 0;
  const fault = { code: 'LF_UNEXPECTED', operation: 'reload', subject: 'x', cause: 'no', hint: '' } as const;
  const bench = configuratorBench({
    applier: {
      concerns: () => true,
      apply: async ({ next, flip, flipBack }) => {
        applied += 1;
        flip({ findings: [], shown: [] });
        if (next.effective.get('a')?.value === '1') return ok([]);
        flipBack();
        return fail(fault);
      },
    },
  });
  bench.store.put('p/base/app.properties', 'a=1\n');
  await bench.check();
  bench.store.put('p/base/app.properties', 'a=2\nb=2\n');
  await bench.check();
  await bench.check();
  expect(bench.values()).toEqual({ a: '1' });
  expect(applied).toBe(2);
});
