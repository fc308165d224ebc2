import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { AllocateAddressCommand, AssociateAddressCommand } from '@aws-sdk/client-ec2';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { loopbackServer } from '../support/loopback-server.ts';
import { MOTO_IS_MISSING, startMoto } from '../support/moto.ts';
import { documentOf, isWrite, SwapStage, SwapWorld, type Mishap, type SwapRan } from './swap-stage.ts';

const moto = await startMoto();
if (!moto) console.error(MOTO_IS_MISSING);
const stage = moto ? await SwapStage.open(moto) : undefined;
afterAll(async () => {
  await stage?.[Symbol.asyncDispose]();
  await moto?.stop();
});

const writes = ({ actions }: SwapRan): readonly string[] => actions.filter(isWrite);

/** The first request of a kind has it, no other. */
function once(action: string, mishap: Mishap): (asked: string) => Mishap | undefined {
  let left = 1;
  return (asked) => (asked === action && left-- > 0 ? mishap : undefined);
}

describe.skipIf(!stage)('landfall-ops swap', () => {
  if (!stage) return;
  let world: SwapWorld;
  beforeEach(async () => {
    stage.mishap = () => undefined;
    stage.acted = () => {};
    world = await SwapWorld.make(stage);
  });

  it('plans, moves, finds nothing to do, and takes it all back', async () => {
    const planned = await stage.run(world.args('--plan'));
    expect(planned).toMatchObject({ code: 10, err: '' });
    expect(documentOf(planned)).toMatchObject({ state: 'planned', errors: [] });
    expect(writes(planned)).toEqual([]);
    expect(existsSync(join(stage.folder, '.local'))).toBe(false);

    const moved = await stage.run(world.args());
    expect(moved).toMatchObject({ code: 0 });
    expect(documentOf(moved)).toMatchObject({
      state: 'committed',
      addresses: [{ instance: world.green }],
      volumes: [
        { instance: world.green, device: '/dev/sdf' },
        { instance: world.green, device: '/dev/sdg' },
      ],
    });
    expect(writes(moved)).toEqual([
      'DetachVolume',
      'DetachVolume',
      'AttachVolume',
      'AttachVolume',
      'AssociateAddress',
    ]);
    expect(await world.holders()).toEqual(world.allOn(world.green));

    const again = await stage.run(world.args());
    expect([again.code, documentOf(again).state, writes(again)]).toEqual([0, 'nothing-to-do', []]);

    const back = await stage.run(world.pair('--rollback'));
    expect([back.code, documentOf(back).state]).toEqual([0, 'rolled-back']);
    expect(await world.holders()).toEqual(world.allOn(world.blue));
    expect(stage.asked('DisassociateAddress')).toEqual([]);
    for (const detach of stage.asked('DetachVolume')) expect(detach.get('Force')).toBeNull();
    for (const move of stage.asked('AssociateAddress')) expect(move.get('AllowReassociation')).toBe('true');
  });

  it('probes green before and after, quiesces once, and is told by people what is where', async () => {
    await using green = await loopbackServer((_, response) => void response.end());
    const mark = join(stage.folder, 'quiet');
    const quiesce = `echo "$LANDFALL_SWAP_FROM $LANDFALL_SWAP_VOLUMES" >> ${mark}; echo quiet`;
    const args = world.args('--probe', `${green.url.href}healthz`, '--quiesce', quiesce);
    const moved = await stage.run(args.filter((word) => word !== '--json'));
    expect(moved.code).toBe(0);
    expect(green.seen.map(({ url }) => url)).toEqual(['/healthz', '/healthz']);
    expect(moved.err).toContain('quiet\n');
    expect(moved.out).toContain(`committed: ${world.blue} -> ${world.green} in eu-west-1\n`);
    expect(moved.out).toMatch(new RegExp(`${world.volumes[0]} +/dev/sdf +${world.green}\n`));
    expect(existsSync(mark)).toBe(true);
  });

  it('brings everything back when green is not well after the move', async () => {
    let well = true;
    stage.acted = (action) => (well &&= action !== 'AssociateAddress');
    await using green = await loopbackServer((_, response) => response.writeHead(well ? 200 : 503).end());
    const ran = await stage.run(world.args('--probe', green.url.href));
    expect(ran.code).toBe(13);
    expect(documentOf(ran)).toMatchObject({
      state: 'rolled-back',
      errors: [{ code: 'LF_SWAP_UNDONE' }, { code: 'LF_SWAP_PROBE' }],
    });
    expect(await world.holders()).toEqual(world.allOn(world.blue));
  });

  it.each<[string, Mishap]>([
    ['is lost on its way', 'lost'],
    ['has its answer lost', 'answer lost'],
    ['is throttled', { status: 503, code: 'RequestLimitExceeded' }],
    ['meets an error of EC2', { status: 500, code: 'InternalError' }],
  ])('finishes when each write at its first try %s', async (_, mishap) => {
    const met = new Set<string>();
    stage.mishap = (action) => {
      if (!isWrite(action) || met.has(action)) return undefined;
      met.add(action);
      return mishap;
    };
    const ran = await stage.run(world.args());
    expect([ran.code, documentOf(ran).errors]).toEqual([0, []]);
    expect(await world.holders()).toEqual(world.allOn(world.green));
  });

  it('is not misled by readings that are late', async () => {
    stage.lateReadings = 3;
    const ran = await stage.run(world.args());
    stage.lateReadings = 0;
    expect([ran.code, documentOf(ran).state]).toEqual([0, 'committed']);
    expect(await world.holders()).toEqual(world.allOn(world.green));
  });

  it('is not misled on the way back either, when a step was done that no reading shows yet', async () => {
    stage.lateReadings = 4;
    let detached = 0;
    // The first volume is on its way off when the second one is refused.
    stage.mishap = (action) =>
      action === 'DetachVolume' && detached++ === 1
        ? { status: 403, code: 'UnauthorizedOperation' }
        : undefined;
    const ran = await stage.run(world.args());
    stage.lateReadings = 0;
    expect(ran.code).toBe(13);
    expect(await world.holders()).toEqual(world.allOn(world.blue));
  });

  it('undoes what it did when EC2 refuses a step, and says why', async () => {
    stage.mishap = once('AssociateAddress', { status: 403, code: 'UnauthorizedOperation' });
    const ran = await stage.run(world.args());
    expect(ran.code).toBe(13);
    expect(documentOf(ran).errors.map(({ code }) => code)).toEqual(['LF_SWAP_UNDONE', 'LF_AWS_DENIED']);
    expect(await world.holders()).toEqual(world.allOn(world.blue));
  });

  it('says what stands where when it may do neither, and carries on once it may', async () => {
    stage.mishap = (action) =>
      action === 'AttachVolume' ? { status: 403, code: 'UnauthorizedOperation' } : undefined;
    const stuck = await stage.run(world.args());
    expect(stuck.code).toBe(14);
    expect(documentOf(stuck)).toMatchObject({ state: 'unfinished', addresses: [{ instance: world.blue }] });
    expect(documentOf(stuck).errors[0]?.message).toContain(`${world.volumes[0]} is attached to nothing`);
    const other = await stage.run(world.pair('--volume', world.volumes[0] ?? ''));
    expect([other.code, documentOf(other).errors[0]?.code]).toEqual([15, 'LF_SWAP_OTHER']);
    stage.mishap = () => undefined;
    // A way back that was begun is gone to its end: it failed, and green is no place to leave things at.
    expect((await stage.run(world.args())).code).toBe(13);
    expect(await world.holders()).toEqual(world.allOn(world.blue));
    expect((await stage.run(world.args())).code).toBe(0);
  });

  it.each(['SIGTERM', 'SIGINT'] as const)('stops at %s with every volume on one side', async (signal) => {
    const ran = await stage.run(world.args(), (child) => {
      let told = false;
      stage.acted = (action) => {
        if (action === 'DetachVolume' && !told) told = child.kill(signal);
      };
    });
    expect(ran.code).toBe(1);
    expect(documentOf(ran)).toMatchObject({ state: 'unfinished', errors: [{ code: 'LF_INTERRUPTED' }] });
    const [, ...volumes] = await world.holders();
    expect(volumes).toEqual(world.allOn(world.green).slice(1));
    stage.acted = () => {};
    expect((await stage.run(world.args())).code).toBe(0);
    expect(await world.holders()).toEqual(world.allOn(world.green));
  });

  it('runs once at a time for a pair', async () => {
    const rival: Promise<SwapRan>[] = [];
    stage.acted = (action) =>
      void (action === 'DetachVolume' && rival.length === 0 && rival.push(stage.run(world.args())));
    expect((await stage.run(world.args())).code).toBe(0);
    const [refused] = await Promise.all(rival);
    expect(refused).toMatchObject({ code: 2, out: '' });
    expect(refused?.err).toContain('LF_STATE_LOCKED');
  });

  it('ends when its time is up and nothing was changed', async () => {
    stage.mishap = () => ({ status: 503, code: 'RequestLimitExceeded' });
    const ran = await stage.run(world.args('--timeout', '1s'));
    expect([ran.code, documentOf(ran).errors[0]?.code]).toEqual([15, 'LF_SWAP_UNREAD']);
  });
});

describe.skipIf(!stage)('landfall-ops swap refuses', () => {
  if (!stage) return;
  const refused = async (args: readonly string[]): Promise<string | undefined> => {
    const ran = await stage.run(args);
    expect([ran.code, documentOf(ran).state, writes(ran)]).toEqual([15, 'refused', []]);
    return documentOf(ran).errors[0]?.code;
  };

  it('what is in another zone, or not there', async () => {
    stage.mishap = () => undefined;
    const apart = await SwapWorld.make(stage, 'eu-west-1b');
    expect(await refused(apart.args())).toBe('LF_SWAP_ZONE');
    const world = await SwapWorld.make(stage);
    const gone = world.args().map((word) => (word === world.green ? 'i-0123456789abcdef0' : word));
    expect(await refused(gone)).toBe('LF_SWAP_MISSING');
    expect(await refused(world.args('--volume', 'vol-0123456789abcdef0'))).toBe('LF_SWAP_MISSING');
    const third = world.args().map((word) => (word === world.blue ? apart.blue : word));
    expect(await refused(third)).toBe('LF_SWAP_HELD');
  });

  it('a lookup that is denied, as such and not as missing', async () => {
    const world = await SwapWorld.make(stage);
    stage.mishap = (action) =>
      action === 'DescribeVolumes' ? { status: 403, code: 'UnauthorizedOperation' } : undefined;
    expect(await refused(world.args())).toBe('LF_SWAP_UNREAD');
    stage.mishap = () => undefined;
  });

  it('an address that would drop another one', async () => {
    const world = await SwapWorld.make(stage);
    const { AllocationId } = await stage.ec2.send(new AllocateAddressCommand({ Domain: 'vpc' }));
    await stage.ec2.send(new AssociateAddressCommand({ AllocationId, InstanceId: world.green }));
    expect(await refused(world.args())).toBe('LF_SWAP_ADDRESS');
  });

  it('when a probe fails, or what should quiesce does', async () => {
    const world = await SwapWorld.make(stage);
    expect(await refused(world.args('--probe', 'tcp://127.0.0.1:9'))).toBe('LF_SWAP_PROBE');
    expect(await refused(world.args('--quiesce', 'exit 3'))).toBe('LF_SWAP_QUIESCE');
    expect(await refused(world.args('--quiesce', 'sleep 60', '--timeout', '3s'))).toBe('LF_SWAP_QUIESCE');
    expect(await world.holders()).toEqual(world.allOn(world.blue));
  });

  it('a way back from no swap, and command lines that say nothing', async () => {
    const world = await SwapWorld.make(stage);
    const unknown = await stage.run(world.pair('--rollback'));
    expect(unknown.code).toBe(2);
    expect(unknown.err).toContain('LF_SWAP_UNKNOWN');
    for (const args of [
      world.pair(),
      world.args('--poll', 'often'),
      world.args('--probe', 'green'),
      world.args('--address', 'payroll'),
      world.args('--region', 'eu-west-1,us-east-1'),
    ]) {
      const ran = await stage.run(args);
      expect([ran.code, ran.actions]).toEqual([2, []]);
    }
  });
});
