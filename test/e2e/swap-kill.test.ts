import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, expect, it } from 'vitest';
import { loopbackServer } from '../support/loopback-server.ts';
import { MOTO_IS_MISSING, startMoto } from '../support/moto.ts';
import { randomFrom } from '../support/random.ts';
import { isWrite, SwapStage, SwapWorld } from './swap-stage.ts';

/** What this loop may take of a run of everything. More, by hand: SWAP_KILL_MS=600000. */
const BUDGET_MS = Number(process.env['SWAP_KILL_MS'] ?? 25_000);
const SEED = 20_261;

const moto = await startMoto();
if (!moto) console.error(MOTO_IS_MISSING);
const stage = moto ? await SwapStage.open(moto) : undefined;
afterAll(async () => {
  await stage?.[Symbol.asyncDispose]();
  await moto?.stop();
});

it.skipIf(!stage)(
  'killed with -9 at any instant, the same command brings it all to one side',
  { timeout: BUDGET_MS + 60_000 },
  async () => {
    if (!stage) return;
    const random = randomFrom(SEED);
    const until = performance.now() + BUDGET_MS;
    let kills = 0;
    let undone = 0;
    while (performance.now() < until) {
      const world = await SwapWorld.make(stage);
      // Every second round green is not well once it has the address, so that the way back is killed too.
      const isWell = random() < 0.5;
      let has = false;
      await using green = await loopbackServer((_, response) =>
        response.writeHead(has && !isWell ? 503 : 200).end(),
      );
      const args = world.args('--probe', green.url.href, '--poll', '20ms');
      const writesBefore = Math.floor(random() * (isWell ? 5 : 10));
      const delayMs = random() < 0.5 ? 0 : random() * 60;
      let writes = 0;
      let isKilled = false;
      const first = await stage.run(args, (child) => {
        stage.acted = (action) => {
          has ||= action === 'AssociateAddress';
          if (!isWrite(action) || writes++ !== writesBefore) return;
          void sleep(delayMs).then(() => (isKilled = child.kill('SIGKILL') || isKilled));
        };
      });
      if (isKilled) kills += 1;
      let last = first;
      for (let left = 5; left > 0 && (last.code === null || last.code === 14); left -= 1)
        last = await stage.run(args);
      const told = JSON.stringify({ writesBefore, delayMs, isWell, code: last.code, err: last.err });
      // 15: killed when all had been undone and noted, so that the next one starts anew, and finds green not well.
      expect(isWell ? [0] : [13, 15], told).toContain(last.code);
      expect(await world.holders(), told).toEqual(world.allOn(isWell ? world.green : world.blue));
      if (isKilled && !isWell) undone += 1;
    }
    expect(kills).toBeGreaterThan(0);
    console.log(`swap: ${kills} kills, ${undone} of them where green was not well`);
  },
);
