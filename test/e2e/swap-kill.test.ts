import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, expect, it } from 'vitest';
import { loopbackServer } from '../support/loopback-server.ts';
import { MOTO_IS_MISSING, startMoto } from '../support/moto.ts';
import { randomFrom } from '../support/random.ts';
import { isWrite, SwapStage, SwapWorld, type SwapRan } from './swap-stage.ts';

/** CI does a part of it; by hand: LANDFALL_KILLS=200. */
const KILLS = Number(process.env['LANDFALL_KILLS'] ?? 6);
const SEED = Number(process.env['LANDFALL_SEED'] ?? 20_261);
/** A run that nobody kills takes about as long. */
const LENGTH_MS = 900;

const moto = await startMoto();
if (!moto) console.error(MOTO_IS_MISSING);
const stage = moto ? await SwapStage.open(moto) : undefined;
afterAll(async () => {
  await stage?.[Symbol.asyncDispose]();
  await moto?.stop();
});

it.skipIf(!stage)(
  'killed with -9 at any instant, swap and its rollback bring it all to one side by the same command',
  { timeout: KILLS * 15_000 },
  async () => {
    if (!stage) return;
    const random = randomFrom(SEED);
    const tally = { there: 0, undone: 0, back: 0 };
    while (tally.there + tally.undone + tally.back < KILLS) {
      const world = await SwapWorld.make(stage);
      // Some greens are not well once they have the address, so that the way back is killed too.
      const isWell = random() < 0.7;
      let has = false;
      await using green = await loopbackServer((_, response) =>
        response.writeHead(has && !isWell ? 503 : 200).end(),
      );
      const probe = (action: string): void => void (has ||= action === 'AssociateAddress');
      const args = world.args('--probe', green.url.href, '--poll', '20ms');
      const there = await killed(stage, args, instantOf(random, isWell ? 5 : 10), probe);
      // 15: killed when all had been undone and noted, so that the next one starts anew, and finds green not well.
      expect(isWell ? [0] : [13, 15], there.told).toContain(there.last.code);
      expect(await world.holders(), there.told).toEqual(world.allOn(isWell ? world.green : world.blue));
      if (there.isKilled) tally[isWell ? 'there' : 'undone'] += 1;
      if (!isWell) continue;
      // One that was killed before its end leaves `returning`: swap itself must not take that for its own.
      const back = await killed(
        stage,
        world.pair('--rollback', '--poll', '20ms'),
        instantOf(random, 5),
        probe,
      );
      expect(back.last.code, back.told).toBe(0);
      expect(await world.holders(), back.told).toEqual(world.allOn(world.blue));
      if (back.isKilled) tally.back += 1;
    }
    console.log(
      `swap: killed ${tally.there} times on the way, ${tally.undone} where it undoes, ${tally.back} in rollback`,
    );
  },
);

/** When a process is killed: at some moment of its life, or just after one of its writes. */
interface Instant {
  readonly afterMs: number;
  /** How many writes are let through; undefined counts from the start of the process. */
  readonly writes: number | undefined;
}

function instantOf(random: () => number, writes: number): Instant {
  if (random() < 0.4) return { afterMs: random() * LENGTH_MS, writes: undefined };
  return { afterMs: random() < 0.5 ? 0 : random() * 60, writes: Math.floor(random() * writes) };
}

/** Runs it, kills it at that instant, and runs the same again until it has an end. */
async function killed(
  at: SwapStage,
  args: readonly string[],
  { afterMs, writes }: Instant,
  acted: (action: string) => void,
): Promise<{ readonly isKilled: boolean; readonly last: SwapRan; readonly told: string }> {
  let isKilled = false;
  let left = writes;
  let last = await at.run(args, (child) => {
    const kill = (): void => void sleep(afterMs).then(() => (isKilled = child.kill('SIGKILL') || isKilled));
    if (left === undefined) kill();
    at.acted = (action) => {
      acted(action);
      if (left !== undefined && isWrite(action) && left-- === 0) kill();
    };
  });
  for (let more = 5; more > 0 && (last.code === null || last.code === 14); more -= 1)
    last = await at.run(args);
  const told = JSON.stringify({ args, afterMs, writes, code: last.code, err: last.err });
  return { isKilled, last, told };
}
