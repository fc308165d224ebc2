import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { randomFrom } from '../support/random.ts';
import { newBase, type Citizen } from './citizen.ts';
import { Payroll } from './payroll.ts';

/** CI does a part of it; by hand: LANDFALL_KILLS=200. */
const ROUNDS = Number(process.env['LANDFALL_KILLS'] ?? 30);
const SEED = 4711;
const KEYS = 40;

/** Two files that say the same, so that half of one version shows. */
function publish(payroll: Payroll, version: number): void {
  const lines = (from: number): string =>
    Array.from({ length: KEYS / 2 }, (_, index) => `key.${from + index}=v${version}\n`).join('');
  payroll.publish(`r${version}`, {
    base: { 'a.properties': lines(0), 'b.properties': lines(KEYS / 2) },
    'role/web': { 'c.properties': 'own=1\n' },
  });
}

/** The one version that all keys have. */
async function wholeVersion(citizen: Citizen): Promise<number> {
  const { own, ...keys } = await citizen.properties();
  expect([own, Object.keys(keys).length]).toEqual(['1', KEYS]);
  const versions = new Set(Object.values(keys));
  expect([...versions]).toHaveLength(1);
  return Number(String([...versions][0]).slice(1));
}

it(`kill -9 at any of ${ROUNDS} instants leaves the old state or the new`, { timeout: 240_000 }, async () => {
  const random = randomFrom(SEED);
  await using payroll = await Payroll.open({ files: {} });
  const base = newBase();
  publish(payroll, 0);
  const first = await payroll.run({ base });
  await first.settles();
  await first.kill();

  let kept = 0;
  for (let round = 1; round <= ROUNDS; round += 1) {
    publish(payroll, round);
    const victim = payroll.start({ base });
    if (random() < 0.6) {
      // Somewhere in start, boot, fetch, activation or saving.
      await sleep(60 + random() * 140);
    } else {
      await victim.ready();
      await victim.settles();
      kept = round;
      publish(payroll, round + 0.5);
      victim.agent.signal('SIGHUP');
      await sleep(random() * 40);
    }
    await victim.kill();

    const fault = payroll.sandbox.faults.add({ service: 's3', effect: 'reset' });
    const survivor = await payroll.run({ base });
    const version = await wholeVersion(survivor);
    expect([kept, round, round + 0.5], `round ${round}`).toContain(version);
    expect(version).toBeGreaterThanOrEqual(kept);
    kept = version;
    const names = readdirSync(join(base, 'state')).filter((name) => name.endsWith('.tmp'));
    expect(names, `leftovers in round ${round}`).toEqual([]);
    await survivor.kill();
    payroll.sandbox.faults.remove(fault);
  }
});
