import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, vi } from 'vitest';
import { allowed } from '../support/allowed.ts';
import { randomFrom } from '../support/random.ts';
import { newBase } from './citizen.ts';
import { leftovers, publishVersion, renderedVersion, servedVersion } from './faults-rendering.ts';
import { Payroll } from './payroll.ts';

const ROUNDS = 40;
const SEED = 815;

describe('SIGTERM in the middle of everything', () => {
  it(
    `at any of ${ROUNDS} instants ends within 5 s, with the old files or the new`,
    { timeout: 240_000 },
    async () => {
      const random = randomFrom(SEED);
      await using payroll = await Payroll.open({ files: {} });
      const base = newBase();
      mkdirSync(join(base, 'etc'));
      publishVersion(payroll, base, 0);
      await (await payroll.run({ base })).agent.stop();
      const seen = new Set<string>();
      for (let round = 1; round <= ROUNDS; round += 1) {
        const before = renderedVersion(base);
        publishVersion(payroll, base, round);
        const citizen = payroll.start({ base });
        // Somewhere between exec and the end of the first application.
        await sleep(40 + random() * 460);
        const askedAt = performance.now();
        const code = await citizen.agent.stop();
        expect(performance.now() - askedAt, `round ${round}`).toBeLessThan(allowed(5000));
        const after = renderedVersion(base);
        expect([before, round], `round ${round}: ${citizen.agent.stderr}`).toContain(after);
        if (code === null) expect(citizen.agent.stderr, `round ${round}`).toBe('');
        seen.add(`${code} ${after === round ? 'new' : 'old'}`);
        expect(leftovers(base), `round ${round}`).toEqual([]);
        expect(readdirSync(join(base, 'run')).filter((name) => name.startsWith('command-'))).toEqual([]);
      }
      // Both sides of the change were met, and no stop was a failure; null is the kernel's, before `main` has begun.
      expect([...seen]).toEqual(expect.arrayContaining(['0 new', '0 old']));
      expect([...seen].filter((each) => !['0 new', '0 old', 'null old'].includes(each))).toEqual([]);
      const citizen = await payroll.run({ base });
      expect([await servedVersion(citizen), renderedVersion(base)]).toEqual([ROUNDS, ROUNDS]);
    },
  );

  it('ends a script that ignores it, within 5 s, and runs that script again', async () => {
    await using payroll = await Payroll.open({ files: {} });
    const base = newBase();
    payroll.put('base/app.properties', 'a=1\n');
    payroll.put('base/scripts/stubborn.sh', `trap '' TERM; echo ran >> ${base}/told; sleep 60 & wait\n`);
    payroll.put('base/plan.yaml', 'scripts:\n  10-stubborn: { run: scripts/stubborn.sh }\n');
    for (const times of [1, 2]) {
      const citizen = payroll.start({ base });
      await vi.waitUntil(() => linesOf(join(base, 'told')) === times, { timeout: 10_000 });
      const askedAt = performance.now();
      await citizen.agent.stop();
      expect(performance.now() - askedAt).toBeLessThan(allowed(5500));
      expect(citizen.agent.stderr).not.toContain('"level":"fatal"');
    }
  });

  it('while a reload runs takes the change back or ends it', async () => {
    await using payroll = await Payroll.open({ files: {} });
    const base = newBase();
    mkdirSync(join(base, 'etc'));
    publishVersion(payroll, base, 1);
    const citizen = await payroll.run({ base });
    payroll.put('base/plan.yaml', slowReload(base));
    payroll.put('base/app.properties', 'version=2\n');
    await vi.waitUntil(() => linesOf(join(base, 'reloading')) > 0, { timeout: 10_000 });
    await citizen.agent.stop();
    expect([1, 2]).toContain(renderedVersion(base));
    // The reload that was cut is owed, and comes first.
    writeFileSync(join(base, 'quick'), '');
    publishVersion(payroll, base, 3);
    const again = await payroll.run({ base });
    expect([await servedVersion(again), renderedVersion(base)]).toEqual([3, 3]);
    // It runs: what it keeps of version 3 may be under way.
    await vi.waitUntil(() => leftovers(base).length === 0, { timeout: 5000 });
  });
});

function slowReload(base: string): string {
  return `
templates:
  one: { source: templates/one.liquid, target: ${base}/etc/one.conf, reload: "echo now >> ${base}/reloading; test -e ${base}/quick || sleep 30" }
  two: { source: templates/two.liquid, target: ${base}/etc/two.conf }
`;
}

function linesOf(path: string): number {
  try {
    return readFileSync(path, 'utf8').split('\n').length - 1;
  } catch {
    return 0;
  }
}
