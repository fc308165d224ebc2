import {
  AllocateAddressCommand,
  CreateTagsCommand,
  DescribeAddressesCommand,
  DisassociateAddressCommand,
} from '@aws-sdk/client-ec2';
import { HeadObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, expect, it, vi } from 'vitest';
import { MOTO_IS_MISSING, startMoto } from '../support/moto.ts';
import { BUCKET, Payroll, SOURCE } from './payroll.ts';
import { REGION, SwapStage } from './swap-stage.ts';

const moto = await startMoto();
if (!moto) console.error(MOTO_IS_MISSING);
const stage = moto ? await SwapStage.open(moto) : undefined;
afterAll(async () => {
  await stage?.[Symbol.asyncDispose]();
  await moto?.stop();
});

const PLAN = 'claims:\n  address: { tag: "service=payroll", timeout: 1s }\n';

it.skipIf(!stage)(
  'an agent that claims an address leaves it alone while a swap brings it elsewhere',
  async () => {
    if (!stage || !moto) return;
    const [blue, green, third] = [await stage.launch(), await stage.launch(), await stage.launch()];
    const { AllocationId = '', PublicIp = '' } = await stage.ec2.send(
      new AllocateAddressCommand({ Domain: 'vpc' }),
    );
    const Tags = [{ Key: 'service', Value: 'payroll' }];
    await stage.ec2.send(new CreateTagsCommand({ Resources: [AllocationId], Tags }));
    const holder = async (): Promise<string> => {
      const { Addresses } = await stage.ec2.send(
        new DescribeAddressesCommand({ AllocationIds: [AllocationId] }),
      );
      return Addresses?.[0]?.InstanceId || 'nobody';
    };
    await using payroll = await Payroll.open({
      instance: { instanceId: third },
      files: { 'base/app.properties': 'a=1\n', 'base/plan.yaml': PLAN },
    });
    const { sandbox } = payroll;
    stage.moreEnv = { AWS_ENDPOINT_URL_S3: sandbox.url };
    const credentials = { accessKeyId: 'x', secretAccessKey: 'x' };
    const s3 = new S3Client({ endpoint: sandbox.url, credentials, region: REGION, forcePathStyle: true });
    const notice = new HeadObjectCommand({ Bucket: BUCKET, Key: `payroll/swaps/${AllocationId}.json` });
    const isTold = (): Promise<boolean> =>
      s3.send(notice).then(
        () => true,
        () => false,
      );

    // Nobody has the address, and EC2 does not let the swap give it to green yet: as free as it can be.
    let isHeld = true;
    stage.mishap = (action) =>
      action === 'AssociateAddress' && isHeld ? { status: 503, code: 'RequestLimitExceeded' } : undefined;
    const pair = ['swap', '--region', REGION, '--from', blue, '--to', green, '--json', '--poll', '100ms'];
    const swap = stage.run([...pair, '--address', PublicIp, '--tell', SOURCE]);
    await vi.waitUntil(isTold, { timeout: 20_000 });
    const env = { AWS_ENDPOINT_URL_EC2: moto.url, LANDFALL_INTERVAL: '1s' };
    const citizen = payroll.start({ env });
    const waits = `a swap brings ${PublicIp} to ${green}`;
    await vi.waitUntil(() => citizen.agent.stderr.includes(waits), { timeout: 20_000 });
    expect(await holder()).toBe('nobody');
    isHeld = false;
    expect((await swap).code).toBe(0);
    expect(await holder()).toBe(green);
    expect(await isTold()).toBe(false);

    // And with nobody at it, the same agent takes what is free.
    await stage.ec2.send(new DisassociateAddressCommand({ PublicIp }));
    await citizen.ready(30_000);
    expect(await holder()).toBe(third);
  },
);
