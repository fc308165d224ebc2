import { appendFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { STAGES, type AwsStage } from './aws-stage.ts';
import type { Citizen, Json } from './citizen.ts';
import { Disk, inhabit, renew, type Inhabitant, type Inhabiting } from './relocation-disk.ts';
import { CANARY, NEW, OLD, publishTo, type HomeRegion } from './relocation-payroll.ts';
import { bytesBelow, everyAnswer, tracesIn } from './relocation-traces.ts';

const GROUP = '/prod/web/app';
const ELSEWHERE = [OLD, CANARY[OLD]];

/** What the application in Virginia wrote: nothing of it may show anywhere unless it is asked for. */
const VIRGINIAN = Array.from({ length: 200 }, (_, index) => said(`${index} in ${OLD} ${CANARY[OLD]}`));
const MINE = ['one of this instance', 'two of this instance'];

describe('log files on a disk of us-east-1 that is copied (case 34)', () => {
  let disk: Disk;
  let stage: AwsStage;
  let oldId: string;

  beforeAll(async () => {
    disk = new Disk();
    stage = (await STAGES[0]?.open()) as AwsStage;
    mkdirSync(join(disk.base, 'log'));
    await renew(stage);
    await publish(OLD, '*.log');
    append('app.log', VIRGINIAN);
    append('later.txt', VIRGINIAN);
    await using inhabitant = await inhabit(disk, stage, OLD);
    await inhabitant.citizen.ready();
    oldId = await idOf(inhabitant.citizen);
    await until(() => shipped(OLD, oldId).length === VIRGINIAN.length);
    await inhabitant.citizen.agent.stop();
    disk.take();
  });
  afterAll(async () => {
    disk[Symbol.dispose]();
    await stage.close();
  });

  it('are not sent to eu-west-1: what is added to them is; they are counted, and nothing names us-east-1', async () => {
    const { citizen, sent } = await bootCopy(NEW);
    append('app.log', MINE);
    const id = await idOf(citizen);
    await until(() => shipped(NEW, id).length >= MINE.length);
    expect(shipped(NEW, id)).toEqual(MINE);
    expect(shipped(NEW, oldId)).toEqual([]);
    const entry = await entryOf(citizen);
    expect(entry['inherited']).toEqual({ bytes: Buffer.byteLength(`${VIRGINIAN.join('\n')}\n`) });
    expect(entry['ledger']).toMatchObject({ read: { events: 2 }, acknowledged: { events: 2 } });
    expect((await citizen.cli('logs', 'status')).stdout).toMatch(/app inherited: \d+ bytes/);
    expect(await citizen.json('/v1/status')).toMatchObject({ fence: { landing: { from: oldId } } });
    expectNoTrace(await everyAnswer(citizen, [], 'socket'), sent());
    await citizen.agent.stop();
    expectNoTrace([], sent());
  });

  it('are told from what is added before the agent looks, by the times of their lines', async () => {
    const mine = MINE.map(said);
    const { citizen, sent } = await bootCopy(NEW, 'timestamp: { format: iso }', {}, () =>
      append('app.log', mine),
    );
    const id = await idOf(citizen);
    await until(() => shipped(NEW, id).length >= mine.length);
    expect(shipped(NEW, id)).toEqual(mine);
    expect(await entryOf(citizen)).toMatchObject({
      inherited: { bytes: Buffer.byteLength(`${VIRGINIAN.join('\n')}\n`) },
    });
    expectNoTrace(await everyAnswer(citizen, [], 'socket'), sent());
  });

  it('stay so for an entry that comes after a restart', async () => {
    const { citizen } = await bootCopy(NEW);
    await citizen.agent.stop();
    await publish(NEW, '*.{log,txt}');
    const imdsUrl = citizen.agent.env['AWS_EC2_METADATA_SERVICE_ENDPOINT'] ?? '';
    const again = await inhabit(disk, stage, NEW, { imdsUrl });
    onTestFinished(() => again[Symbol.asyncDispose]());
    await again.citizen.ready();
    await looked(again.citizen, 2);
    append('later.txt', MINE);
    const id = await idOf(citizen, again.citizen);
    await until(() => shipped(NEW, id).length >= MINE.length);
    expect(shipped(NEW, id)).toEqual(MINE);
    expect(await again.citizen.json('/v1/status')).toMatchObject({ fence: { landing: { from: oldId } } });
    expectNoTrace(await everyAnswer(again.citizen, [], 'socket'), again.sent());
  });

  it('are shipped under the name of the old instance where the plan says so, behind a marker', async () => {
    const { citizen } = await bootCopy(NEW, 'inherited: ship');
    append('app.log', MINE);
    const id = await idOf(citizen);
    await until(
      () => shipped(NEW, oldId).length > VIRGINIAN.length && shipped(NEW, id).length >= MINE.length,
    );
    const marker = `landfall: what follows lay in ${disk.base}/log/app.log when this disk came from ${oldId} to ${id}`;
    expect(shipped(NEW, oldId)).toEqual([marker, ...VIRGINIAN]);
    expect(shipped(NEW, id)).toEqual(MINE);
    expect(shipped(OLD, id)).toEqual([]);
    expect(new Set(stage.sandbox.requests.entries.map(({ region }) => region))).not.toContain(OLD);
    expect(await entryOf(citizen)).toMatchObject({ ledger: { read: { events: 203 }, lost: {} } });
  });

  it('are not sent a second time by another instance of us-east-1', async () => {
    const { citizen, sent } = await bootCopy(OLD);
    append('app.log', MINE);
    const id = await idOf(citizen);
    await until(() => shipped(OLD, id).length >= MINE.length);
    expect(shipped(OLD, id)).toEqual(MINE);
    expect(tracesIn(bodiesTo('Logs_', sent()), [CANARY[OLD]])).toEqual([]);
  });

  it('are sent whole where nothing tells that another instance wrote them', async () => {
    const { citizen } = await bootCopy(NEW, '', { LANDFALL_STATE_DIR: join(disk.base, 'other') });
    const id = await idOf(citizen);
    await until(() => shipped(NEW, id).length >= VIRGINIAN.length);
    expect(shipped(NEW, id)).toEqual(VIRGINIAN);
  });

  async function bootCopy(
    region: HomeRegion,
    setting = '',
    env: Record<string, string> = {},
    prepare: () => void = () => {},
  ): Promise<Inhabitant> {
    disk.restore();
    prepare();
    await renew(stage);
    for (const each of [OLD, NEW]) stage.sandbox.logs.groups(each).clear();
    await publish(region, '*.log', setting);
    const inhabiting: Inhabiting = { env };
    const copy = await inhabit(disk, stage, region, inhabiting);
    onTestFinished(() => copy[Symbol.asyncDispose]());
    await copy.citizen.ready();
    await looked(copy.citizen, 1);
    return copy;
  }

  async function publish(region: HomeRegion, glob: string, setting = ''): Promise<void> {
    const entry = [`path: "${disk.base}/log/${glob}"`, `group: ${GROUP}`, setting].filter(Boolean).join(', ');
    await publishTo(stage, region, disk.base, {
      more: { 'role/web': { 'plan.yaml': `logs: { app: { ${entry} } }\n` } },
    });
  }

  function append(name: string, texts: readonly string[]): void {
    appendFileSync(join(disk.base, 'log', name), `${texts.join('\n')}\n`);
  }

  function shipped(region: HomeRegion, stream: string): readonly string[] {
    return stage.sandbox.logs.events(region, GROUP, stream).map(({ message }) => message);
  }

  function expectNoTrace(
    answers: Iterable<readonly [string, string]>,
    sent: ReturnType<Inhabitant['sent']>,
  ): void {
    expect(tracesIn(answers, ELSEWHERE)).toEqual([]);
    expect(sent.some(([, bytes]) => bytes.includes(MINE[0] ?? ''))).toBe(true);
    expect(tracesIn(sent, ELSEWHERE)).toEqual([]);
    for (const folder of ['state', 'run', 'etc'])
      expect(tracesIn(bytesBelow(join(disk.base, folder)), ELSEWHERE), folder).toEqual([]);
  }
});

/** As an application logs it now. */
function said(text: string): string {
  return `${new Date().toISOString()} ${text}`;
}

/** Resolves when the agent has looked at so many files. */
async function looked(citizen: Citizen, files: number): Promise<void> {
  for (const end = performance.now() + 15_000; ;) {
    const { files: seen = [] } = (await entryOf(citizen)) as { files?: readonly unknown[] };
    if (seen.length >= files) return;
    if (performance.now() > end) throw new Error('it never looked at its files');
    await sleep(20);
  }
}

async function entryOf(citizen: Citizen): Promise<Json> {
  const { pipelines } = (await citizen.json('/v1/status')) as {
    pipelines: { logs?: { entries: readonly Json[] } };
  };
  return pipelines.logs?.entries[0] ?? {};
}

async function idOf(...citizens: readonly Citizen[]): Promise<string> {
  return String(((await citizens.at(-1)?.json('/v1/identity')) ?? {})['instanceId']);
}

function bodiesTo(
  service: string,
  sent: ReturnType<Inhabitant['sent']>,
): readonly (readonly [string, string])[] {
  const calls = sent.filter(([, bytes]) => bytes.includes(service));
  expect(calls.length).toBeGreaterThan(0);
  return calls;
}

async function until(condition: () => boolean): Promise<void> {
  for (const end = performance.now() + 15_000; !condition();) {
    if (performance.now() > end) throw new Error('it never came to that');
    await sleep(20);
  }
}
