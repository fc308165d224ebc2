import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { STAGES, type AwsStage } from './aws-stage.ts';
import { Disk, inhabit, liveInVirginia, renew, type Inhabitant, type Inhabiting } from './relocation-disk.ts';
import { CANARY, NEW, OLD, publishTo, renderedIn, type HomeRegion } from './relocation-payroll.ts';
import { bytesBelow, everyAnswer, textsBelow, tracesIn } from './relocation-traces.ts';

const QUARANTINE = { LANDFALL_ON_RELOCATION: 'quarantine' };
const OTHER_ACCOUNT = '210987654321';
const VALUES = [CANARY[OLD], `pw-${CANARY[OLD]}`, 'c9akciq32abc'];

describe('a disk of us-east-1 that is copied', () => {
  let disk: Disk;
  let stage: AwsStage;

  beforeAll(async () => {
    disk = new Disk();
    stage = (await STAGES[0]?.open()) as AwsStage;
    await liveInVirginia(disk, stage, 'kill -9 while a change is being applied');
  });
  afterAll(async () => {
    disk[Symbol.dispose]();
    await stage.close();
  });

  it('with quarantine lies aside, for this user only, and nothing else names us-east-1', async () => {
    const { citizen, sent } = await bootCopy(NEW, { env: QUARANTINE });
    await citizen.ready();
    await citizen.settles();
    expect(textsBelow(disk.rendered)).toEqual(renderedIn(NEW));
    const aside = join(disk.base, 'state/quarantine');
    expect(statSync(aside).mode & 0o777).toBe(0o700);
    const kept = bytesBelow(aside);
    for (const [name] of kept) expect(statSync(join(aside, name)).mode & 0o777, name).toBe(0o600);
    // All that was rendered, in clear, and what was sealed, which nobody can open.
    expect(kept.filter(([, bytes]) => bytes.includes(OLD) && !bytes.includes('LFSEAL1'))).not.toEqual([]);
    expect(kept.filter(([name]) => name.includes('.sealed')).length).toBeGreaterThan(3);
    const names = [OLD, CANARY[OLD]];
    for (const asker of ['anybody', 'socket'] as const)
      expect(tracesIn(await everyAnswer(citizen, ['canary', 'queue'], asker), names)).toEqual([]);
    expect(tracesIn(sent(), names)).toEqual([]);
    const elsewhere = bytesBelow(disk.base).filter(([name]) =>
      /^(?:state(?!\/quarantine)|run|etc)/.test(name),
    );
    expect(tracesIn(elsewhere, names)).toEqual([]);
    const { fence } = (await citizen.json('/v1/status')) as { fence: { removed: Record<string, string>[] } };
    // What lies in the run folder would be gone at a reboot.
    const actions = fence.removed.filter(({ kind }) => kind !== 'run').map(({ action }) => action);
    expect(new Set(actions)).toEqual(new Set(['quarantined']));
  });

  it('with quarantine and S3 down serves nothing, and what was rendered is gone from its place', async () => {
    const { citizen } = await bootCopy(NEW, { env: QUARANTINE }, down);
    await citizen.fails('LF_SOURCE_UNREACHABLE');
    expect((await citizen.ask('/v1/config')).status).toBe(503);
    expect(textsBelow(disk.rendered)).toEqual({});
  });

  it('to another instance of us-east-1 starts clean: S3 down, nothing is served', async () => {
    const { citizen } = await bootCopy(OLD, {}, down);
    await citizen.fails('LF_SOURCE_UNREACHABLE');
    expect((await citizen.ask('/readyz')).status).toBe(503);
    expect((await citizen.ask('/v1/config')).status).toBe(503);
    expect(textsBelow(disk.rendered)).toEqual({});
    expect(await citizen.json('/v1/status')).toMatchObject({ fence: { relocated: false, from: null } });
    expect(tracesIn(await everyAnswer(citizen, ['canary'], 'socket'), VALUES)).toEqual([]);
    for (const folder of ['state', 'run', 'etc'])
      expect(tracesIn(bytesBelow(join(disk.base, folder)), VALUES), folder).toEqual([]);
  });

  it('to another instance of us-east-1 is rendered and run anew, without the overrides of the first', async () => {
    const { citizen } = await bootCopy(OLD);
    await citizen.ready();
    await citizen.settles();
    expect(textsBelow(disk.rendered)).toEqual(renderedIn(OLD));
    expect(await citizen.json('/v1/config')).toMatchObject({ properties: { 'log.level': 'INFO' } });
    const ran = readFileSync(join(disk.base, 'srv/ran'), 'utf8');
    expect(ran.match(/^script /gm)).toHaveLength(2);
    expect(ran.match(/^setup /gm)).toHaveLength(2);
  });

  it('to another account of us-east-1 counts as relocated, and asks for a bucket of its own account', async () => {
    const { citizen, sent } = await bootCopy(OLD, { instance: { account: OTHER_ACCOUNT } });
    await citizen.fails('LF_SOURCE_DENIED');
    expect((await citizen.ask('/v1/config')).status).toBe(503);
    expect(await citizen.json('/v1/status')).toMatchObject({ fence: { relocated: true } });
    expect(textsBelow(disk.rendered)).toEqual({});
    expect(tracesIn(sent(), [...VALUES, '123456789012'])).toEqual([]);
    for (const folder of ['state', 'run', 'etc'])
      expect(tracesIn(bytesBelow(join(disk.base, folder)), [...VALUES, '123456789012']), folder).toEqual([]);
  });

  it.each<[string, number, string, () => Promise<void>]>([
    ['down', 4, 'LF_SOURCE_UNREACHABLE', async () => down()],
    ['empty', 4, 'LF_SOURCE_EMPTY', async () => {}],
    ['a replica', 6, 'LF_REGION_MANIFEST', () => publishTo(stage, NEW, disk.base, { of: OLD })],
  ])('ends a bootstrap in eu-west-1 with S3 %s: exit code %i, %s', async (_, exit, code, prepare) => {
    disk.restore();
    await renew(stage);
    await publishTo(stage, OLD, disk.base);
    await prepare();
    const env = { LANDFALL_BOOT_TIMEOUT: '3s' };
    await using copy = await inhabit(disk, stage, NEW, { args: ['bootstrap', '--json'], env });
    const finished = await copy.citizen.agent.finished();
    const last = finished.stderr.trimEnd().split('\n').at(-1) ?? '';
    expect([finished.code, JSON.parse(last)]).toMatchObject([exit, { error: { code } }]);
    expect(
      tracesIn([['error', last], ['output', finished.stdout], ...copy.sent()], [OLD, CANARY[OLD]]),
    ).toEqual([]);
    for (const folder of ['state', 'run', 'etc'])
      expect(tracesIn(bytesBelow(join(disk.base, folder)), [OLD, CANARY[OLD]]), folder).toEqual([]);
  });

  async function bootCopy(
    region: HomeRegion,
    inhabiting: Inhabiting = {},
    prepare: () => void = () => {},
  ): Promise<Inhabitant> {
    disk.restore();
    await renew(stage);
    for (const each of [OLD, NEW] as const) await publishTo(stage, each, disk.base);
    prepare();
    const copy = await inhabit(disk, stage, region, inhabiting);
    onTestFinished(() => copy[Symbol.asyncDispose]());
    return copy;
  }

  function down(): void {
    stage.sandbox.faults.add({ service: 's3', effect: 'reset' });
  }
});
