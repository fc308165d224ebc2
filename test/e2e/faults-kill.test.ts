import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { randomFrom } from '../support/random.ts';
import { STAGES, type AwsStage } from './aws-stage.ts';
import { newBase } from './citizen.ts';
import { leftovers, publishVersion, renderedVersion, servedVersion } from './faults-rendering.ts';
import { Payroll } from './payroll.ts';
import { Disk, inhabit, liveInVirginia, renew } from './relocation-disk.ts';
import { CANARY, NEW, OLD } from './relocation-payroll.ts';
import { bytesBelow, textsBelow, tracesIn } from './relocation-traces.ts';

/** CI does a part of it; by hand: LANDFALL_KILLS=200. */
const KILLS = Number(process.env['LANDFALL_KILLS'] ?? 24);
const SEED = 1729;

it(
  `kill -9 at any of ${KILLS} instants of a boot that renders leaves API and files of one version`,
  { timeout: 240_000 },
  async () => {
    const random = randomFrom(SEED);
    await using payroll = await Payroll.open({ files: {} });
    const base = newBase();
    mkdirSync(join(base, 'etc'));
    publishVersion(payroll, base, 0);
    const started = performance.now();
    const first = await payroll.run({ base });
    const wholeMs = performance.now() - started;
    await first.agent.stop();
    const seen = new Set<number>();
    for (let round = 1; round <= KILLS; round += 1) {
      const before = renderedVersion(base);
      publishVersion(payroll, base, round);
      const victim = payroll.start({ base });
      await sleep(wholeMs * (0.3 + random() * 0.9));
      await victim.kill();

      const fault = payroll.sandbox.faults.add({ service: 's3', effect: 'reset' });
      const survivor = await payroll.run({ base });
      const served = await servedVersion(survivor);
      expect([before, round], `round ${round}`).toContain(served);
      expect(renderedVersion(base), `round ${round}`).toBe(served);
      expect(leftovers(base), `round ${round}`).toEqual([]);
      seen.add(served - before);
      await survivor.kill();
      payroll.sandbox.faults.remove(fault);
    }
    // Both sides of the change were met.
    expect(seen.size).toBeGreaterThan(1);
  },
);

it(
  `kill -9 at any of ${KILLS} instants of the first boot elsewhere leaves nothing that the next one does not remove`,
  { timeout: 240_000 },
  async () => {
    const random = randomFrom(SEED);
    using disk = new Disk();
    const stage = (await STAGES[0]?.open()) as AwsStage;
    try {
      await liveInVirginia(disk, stage, 'stopped');
      await renew(stage);
      stage.sandbox.faults.add({ service: 's3', effect: 'reset' });
      const met = { untouched: 0, between: 0, purged: 0 };
      const whole = filesLeft(disk);
      // Where the purge is follows the machine, and what else runs on it: each kill says on which side of it to look next.
      let purgeMs = await timeToPurge(disk, stage);
      for (let round = 1; round <= KILLS; round += 1) {
        disk.restore();
        await using victim = await inhabit(disk, stage, NEW);
        await sleep(purgeMs * (0.85 + random() * 0.3));
        await victim.citizen.kill();
        const left = filesLeft(disk);
        const end = left === whole ? 'untouched' : left === 0 ? 'purged' : 'between';
        met[end] += 1;
        purgeMs *= { untouched: 1.1, between: 1, purged: 0.9 }[end];

        const imdsUrl = victim.citizen.agent.env['AWS_EC2_METADATA_SERVICE_ENDPOINT'] ?? '';
        await using next = await inhabit(disk, stage, NEW, { imdsUrl });
        await next.citizen.fails('LF_SOURCE_UNREACHABLE');
        expect(filesLeft(disk), `round ${round}`).toBe(0);
        for (const folder of ['state', 'run', 'etc'])
          expect(
            tracesIn(bytesBelow(join(disk.base, folder)), [OLD, CANARY[OLD]]),
            `${round}: ${folder}`,
          ).toEqual([]);
      }
      console.log(`${KILLS} kills: ${JSON.stringify(met)}`);
      expect(met.untouched).toBeGreaterThan(0);
      expect(met.purged).toBeGreaterThan(0);
    } finally {
      await stage.close();
    }
  },
);

/** From exec until the rendered files are gone; it follows the machine. */
async function timeToPurge(disk: Disk, stage: AwsStage): Promise<number> {
  disk.restore();
  const startedAt = performance.now();
  await using first = await inhabit(disk, stage, NEW);
  while (filesLeft(disk) > 0) await sleep(1);
  void first;
  return performance.now() - startedAt;
}

/** Rendered files of the other region that are still in place. */
function filesLeft(disk: Disk): number {
  return Object.keys(textsBelow(disk.rendered)).length;
}
