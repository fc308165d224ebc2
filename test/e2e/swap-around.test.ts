import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DescribeInstancesCommand } from '@aws-sdk/client-ec2';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { dnsServer } from '../support/dns-server.ts';
import { MOTO_IS_MISSING, startMoto } from '../support/moto.ts';
import { documentOf, isWrite, REGION, SwapStage, SwapWorld, type SwapRan } from './swap-stage.ts';

const moto = await startMoto();
if (!moto) console.error(MOTO_IS_MISSING);
const stage = moto ? await SwapStage.open(moto) : undefined;
afterAll(async () => {
  await stage?.[Symbol.asyncDispose]();
  await moto?.stop();
});

const writes = ({ actions }: SwapRan): readonly string[] => actions.filter(isWrite);

/** Past the relay: what a test lays out itself. */
async function balancing(action: string, more: Readonly<Record<string, string>>): Promise<string> {
  const authorization = `AWS4-HMAC-SHA256 Credential=x/20261121/${REGION}/elasticloadbalancing/aws4_request, SignedHeaders=host, Signature=0`;
  const body = new URLSearchParams({ Action: action, Version: '2015-12-01', ...more });
  const response = await fetch(moto?.url ?? '', { method: 'POST', body, headers: { authorization } });
  return await response.text();
}

describe.skipIf(!stage)('around the moves of a swap', () => {
  if (!stage) return;
  let world: SwapWorld;
  let groups = 0;
  beforeEach(async () => {
    stage.mishap = () => undefined;
    stage.acted = () => {};
    world = await SwapWorld.make(stage);
  });

  async function groupOfBlue({ ec2 }: SwapStage): Promise<string> {
    const { Reservations = [] } = await ec2.send(new DescribeInstancesCommand({ InstanceIds: [world.blue] }));
    const { VpcId = '' } = Reservations[0]?.Instances?.[0] ?? {};
    groups += 1;
    const more = { Name: `payroll-${groups}`, Protocol: 'HTTP', Port: '80', VpcId };
    const made = await balancing('CreateTargetGroup', more);
    const arn = /<TargetGroupArn>([^<]+)</.exec(made)?.[1] ?? '';
    await balancing('RegisterTargets', { TargetGroupArn: arn, 'Targets.member.1.Id': world.blue });
    return arn;
  }

  it('waits until the target group has let go of blue, and shows that in a plan', async () => {
    const arn = await groupOfBlue(stage);
    const planned = await stage.run(world.args('--drain', arn, '--plan'));
    expect([planned.code, writes(planned)]).toEqual([10, []]);
    expect(planned.out).toMatch(
      new RegExp(
        `wait until target group payroll-1 has let go of ${world.blue}: ${world.blue}(:80)? is \\w+"`,
      ),
    );

    const kept = await stage.run(world.args('--drain', arn, '--timeout', '6s'));
    expect([kept.code, writes(kept)]).toEqual([15, []]);
    expect([documentOf(kept).state, documentOf(kept).errors[0]?.code]).toEqual(['refused', 'LF_SWAP_DRAIN']);

    let looks = 0;
    stage.acted = (action) => {
      if (action === 'DescribeTargetHealth' && ++looks === 2)
        void balancing('DeregisterTargets', { TargetGroupArn: arn, 'Targets.member.1.Id': world.blue });
    };
    const moved = await stage.run(world.args('--drain', arn));
    expect([moved.code, documentOf(moved).errors]).toEqual([0, []]);
    expect(looks).toBeGreaterThan(2);
    expect(moved.actions.lastIndexOf('DescribeTargetHealth')).toBeLessThan(
      moved.actions.indexOf('DetachVolume'),
    );
  });

  it('is refused when the target group cannot be read', async () => {
    const arn = await groupOfBlue(stage);
    for (const [code, more] of [
      ['AccessDenied', []],
      ['TargetGroupNotFound', ['--plan']],
    ] as const) {
      stage.mishap = (action) => (action === 'DescribeTargetHealth' ? { status: 400, code } : undefined);
      const ran = await stage.run(world.args('--drain', arn, ...more));
      expect([ran.code, documentOf(ran).errors[0]?.code, writes(ran)]).toEqual([15, 'LF_SWAP_DRAIN', []]);
      expect(documentOf(ran).errors[0]?.message).toContain(code);
    }
  });

  it('waits until blue has no connections, by what the operator says shows them', async () => {
    const there = join(stage.folder, 'connections');
    writeFileSync(there, '10.0.0.9:443 10.0.0.8:51000\n10.0.0.9:443 10.0.0.7:51001\n\n');
    const asked = join(stage.folder, 'asked');
    const by = `echo >> ${asked}; [ "$LANDFALL_SWAP_FROM" = ${world.blue} ] && if [ -e ${there} ]; then cat ${there}; [ -e ${there}.stays ] || rm ${there}; fi`;
    const args = world.args('--drain', 'connections', '--connections', by);
    const planned = await stage.run([...args, '--plan']);
    expect([planned.code, existsSync(asked)]).toEqual([10, false]);
    writeFileSync(`${there}.stays`, '');
    const late = await stage.run([...args, '--timeout', '6s']);
    expect([late.code, writes(late)]).toEqual([15, []]);
    expect(documentOf(late).errors[0]?.code).toBe('LF_SWAP_DRAIN');
    rmSync(`${there}.stays`);
    const moved = await stage.run(args);
    expect(moved.code).toBe(0);
    expect(moved.err).toContain(`${world.blue} has 2 connections\ndetach`);

    const blind = await stage.run([
      ...(await SwapWorld.make(stage)).args('--drain', 'connections', '--connections', 'exit 4'),
    ]);
    expect([blind.code, documentOf(blind).errors[0]?.code]).toEqual([15, 'LF_SWAP_DRAIN']);
  });

  it('says who answers for a name with which address, and for how long', async () => {
    await using fresh = await dnsServer(() => ({ addresses: [world.ip], ttl: 60 }));
    const { Reservations = [] } = await stage.ec2.send(
      new DescribeInstancesCommand({ InstanceIds: [world.blue] }),
    );
    const old = Reservations[0]?.Instances?.[0]?.PrivateIpAddress ?? '';
    await using stale = await dnsServer(() => ({ addresses: [old], ttl: 3600 }));
    await using none = await dnsServer(() => undefined);
    const resolvers = [fresh, stale, none].flatMap(({ address }) => ['--resolver', address]);
    const args = world.args('--dns', 'Payroll.example.com.', ...resolvers);
    const dns = [
      { resolver: fresh.address, addresses: [world.ip], ttl: 60, leads_to: ['moved'], trouble: null },
      { resolver: stale.address, addresses: [old], ttl: 3600, leads_to: ['blue'], trouble: null },
      { resolver: none.address, addresses: [], ttl: null, leads_to: ['unanswered'], trouble: 'ENOTFOUND' },
    ];
    const planned = await stage.run([...args, '--plan']);
    expect([planned.code, writes(planned)]).toEqual([10, []]);
    expect(documentOf(planned)).toMatchObject({ dns });
    expect(new Set(fresh.asked)).toEqual(new Set(['payroll.example.com']));
    const moved = await stage.run(args.filter((word) => word !== '--json'));
    expect(moved.code).toBe(0);
    expect(moved.out.replaceAll(/ {2,}/g, ' ')).toContain(
      `${fresh.address} ${world.ip} TTL 60s moves along\n${stale.address} ${old} TTL 3600s the old address\n`,
    );
  });

  it('refuses command lines that say what nobody can wait for', async () => {
    const arn = 'arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/payroll/0123456789abcdef';
    for (const more of [
      ['--drain', 'payroll'],
      ['--drain', arn],
      ['--drain', 'connections'],
      ['--connections', 'ss'],
      ['--dns', 'payroll'],
      ['--dns', 'payroll.example.com', '--resolver', 'dns.example.com'],
      ['--resolver', '127.0.0.1'],
    ]) {
      const ran = await stage.run(world.args(...more));
      expect([ran.code, ran.actions], more.join(' ')).toEqual([2, []]);
    }
  });
});
