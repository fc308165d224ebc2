import { appendFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { AwsCalls } from '#agent/aws/aws-calls.ts';
import { systemClock } from '#kit/clock.ts';
import { callsAt } from '../../support/aws-calls.ts';
import { MOTO_IS_MISSING, startMoto, type Moto } from '../../support/moto.ts';
import { randomFrom } from '../../support/random.ts';
import { entry, FACTS, shipperLab } from '../support/shipper-lab.ts';

const LIVES = 8;

let server: Moto | undefined;
beforeAll(async () => {
  server = await startMoto();
});
afterAll(() => server?.stop());

test('case 24, against moto: cut off again and again while files rotate, every line arrives', async ({
  skip,
}) => {
  if (!server) skip(MOTO_IS_MISSING);
  else await surviveIn(server);
}, 60_000);

async function surviveIn(moto: Moto): Promise<void> {
  const aws = callsAt(new URL(moto.url));
  const random = randomFrom(24);
  using lab = shipperLab();
  const path = join(lab.folder, 'a.log');
  const plan = [entry('app', { path, group: '/{environment}/{role}/app' })];
  let count = 0;
  let rotations = 0;
  const write = (): void => {
    appendFileSync(path, `${Array.from({ length: 200 }, () => `line ${count++}`).join('\n')}\n`);
  };
  const rotate = (): void => {
    for (let n = rotations; n > 0; n -= 1) renameSync(`${path}.${n}`, `${path}.${n + 1}`);
    renameSync(path, `${path}.1`);
    rotations += 1;
  };
  write();
  for (let life = 1; life <= LIVES; life += 1) {
    const shipper = lab.start({ aws, clock: systemClock });
    await shipper.reconfigure(plan, FACTS);
    // Once it is kept that the file is there.
    if (life === 1) await sleep(1_500);
    for (let times = 0; times < 4; times += 1) {
      write();
      if (random() < 0.5) rotate();
      await sleep(random() * 400);
    }
    // Cut off in the middle of whatever is under way, but for the last one.
    const isLast = life === LIVES;
    if (isLast) await sleep(1_500);
    const { unsettled } = await shipper.drain(isLast ? 30_000 : random() * 20);
    if (isLast) expect(unsettled).toBe(0);
  }
  const arrived = await messages(aws);
  expect(rotations).toBeGreaterThan(5);
  expect(new Set(arrived).size).toBe(count);
}

/** By GetLogEvents, as anybody reads them. */
async function messages(aws: AwsCalls): Promise<readonly string[]> {
  const found: string[] = [];
  const place = { logGroupName: '/prod/web/app', logStreamName: 'i-1', startFromHead: true };
  for (let token: string | undefined, before = -1; before !== found.length;) {
    before = found.length;
    const body = token === undefined ? place : { ...place, nextToken: token };
    const signal = AbortSignal.timeout(10_000);
    const result = await aws.json('logs', 'Logs_20140328.GetLogEvents', body, { signal, maxBytes: 8e6 });
    if (result.kind !== 'ok') throw new Error(`GetLogEvents: ${result.kind}`);
    const answer = result.json as { events: readonly { message: string }[]; nextForwardToken: string };
    found.push(...answer.events.map(({ message }) => message));
    token = answer.nextForwardToken;
  }
  return found;
}
