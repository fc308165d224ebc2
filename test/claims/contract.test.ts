import {
  AllocateAddressCommand,
  CreateVolumeCommand,
  EC2Client,
  RunInstancesCommand,
  type ResourceType,
} from '@aws-sdk/client-ec2';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { createClaims, type Claims } from '#agent/claims/claims.ts';
import { silentLogger } from '#kit/logger.ts';
import { systemClock } from '#kit/clock.ts';
import { startSandbox } from '../../scripts/sandbox/sandbox.ts';
import { callsAt } from '../support/aws-calls.ts';
import { addressClaim, codeOf, storeInMemory, volumeClaim, workOf, ZONE } from '../support/claiming.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { MOTO_IS_MISSING, startMoto, type Moto } from '../support/moto.ts';
import { elapse } from '../support/patience.ts';
import { PIN } from '../support/pinned.ts';
import { volumeHost, type VolumeHost } from '../support/volume-host.ts';

/** One EC2 to hold the claims against. */
interface Backend {
  readonly name: string;
  readonly url: string;
  launch(): Promise<string>;
  allocate(service: string): Promise<string>;
  createVolume(service: string, zone: string): Promise<string>;
  stop(): Promise<void>;
}

async function sandboxBackend(): Promise<Backend> {
  const { region } = PIN;
  const sandbox = await startSandbox();
  return {
    name: 'sandbox',
    url: sandbox.url,
    launch: async () => (await sandbox.addInstance({ region, zone: ZONE })).instanceId,
    allocate: async (service) => sandbox.addresses.allocate(region, { service }),
    createVolume: async (service, zone) => sandbox.volumes.create({ region, zone, tags: { service } }),
    stop: () => sandbox.close(),
  };
}

function motoBackend(moto: Moto): Backend {
  const credentials = { accessKeyId: 'AKIAEXAMPLEEXAMPLE00', secretAccessKey: 'secret' };
  const ec2 = new EC2Client({ endpoint: moto.url, credentials, region: PIN.region, maxAttempts: 1 });
  return {
    name: 'moto',
    url: moto.url,
    async launch() {
      const Placement = { AvailabilityZone: ZONE };
      const wanted = { ImageId: 'ami-12c6146b', MinCount: 1, MaxCount: 1, Placement };
      return (await ec2.send(new RunInstancesCommand(wanted))).Instances?.[0]?.InstanceId ?? '';
    },
    async allocate(service) {
      const wanted = { Domain: 'vpc', ...tagged('elastic-ip', service) } as const;
      return (await ec2.send(new AllocateAddressCommand(wanted))).AllocationId ?? '';
    },
    async createVolume(service, zone) {
      const wanted = { AvailabilityZone: zone, Size: 8, ...tagged('volume', service) };
      return (await ec2.send(new CreateVolumeCommand(wanted))).VolumeId ?? '';
    },
    async stop() {
      ec2.destroy();
      await moto.stop();
    },
  };
}

function tagged(type: ResourceType, value: string) {
  return { TagSpecifications: [{ ResourceType: type, Tags: [{ Key: 'service', Value: value }] }] };
}

function tag(value: string) {
  return { tag: { name: 'service', value } };
}

const moto = await startMoto();
if (!moto) it('the same against moto', ({ skip }) => skip(MOTO_IS_MISSING));
const backends = [await sandboxBackend(), ...(moto ? [motoBackend(moto)] : [])];

/** Of a backend: nothing else is asked for, and time passes by itself. */
function claimsAt(backend: Backend, instanceId: string, clock: FakeClock, host?: VolumeHost): Claims {
  return createClaims({
    aws: callsAt(new URL(backend.url)),
    region: PIN.region,
    zone: ZONE,
    instanceId,
    clock,
    random: () => 0.5,
    logger: silentLogger,
    run: host?.run ?? (() => Promise.reject(new Error('not asked for'))),
    store: storeInMemory(),
    ...(host === undefined ? {} : { roots: host.roots }),
  });
}

for (const backend of backends) {
  describe(`claims at EC2 as ${backend.name} shows it`, () => {
    afterAll(() => backend.stop());

    it('one instance gets the address, the other waits, and gets it when it was let go', async () => {
      const clock = new FakeClock(systemClock.now());
      const allocationId = await backend.allocate('one');
      const [first, second] = [await backend.launch(), await backend.launch()].map((id) =>
        claimsAt(backend, id, clock),
      );
      if (!first || !second) throw new Error('two instances');
      const address = addressClaim({ ...tag('one'), release: true, timeoutMs: 3_600_000 });
      const patient = { ...address, timeoutMs: 5_000 };
      const { signal } = new AbortController();
      expect(await elapse(clock, first.step.run(workOf({ address })))).toMatchObject({
        value: [{ action: 'associate' }],
      });
      expect(first.status().address).toMatchObject({ state: 'held', allocationId });
      expect(codeOf(await elapse(clock, second.step.run(workOf({ address: patient }))))).toBe(
        'retry LF_CLAIM_TAKEN',
      );
      expect(await elapse(clock, first.verify(signal))).toEqual({ kind: 'ok', value: [] });
      expect(await elapse(clock, first.release(3_600_000, signal))).toMatchObject({
        value: [{ action: 'release' }],
      });
      expect(codeOf(await elapse(clock, second.step.run(workOf({ address }))))).toBe('ok');
      expect(second.status().address).toMatchObject({ state: 'held', allocationId });
    });

    it('there is no address with the tag', async () => {
      const clock = new FakeClock();
      const claims = claimsAt(backend, await backend.launch(), clock);
      const address = addressClaim(tag('none'));
      expect(codeOf(await elapse(clock, claims.step.run(workOf({ address }))))).toBe('fail LF_CLAIM_MISSING');
    });

    it('a volume is attached, formatted and mounted, and the other instance waits for it', async () => {
      const clock = new FakeClock(systemClock.now());
      const host = volumeHost();
      const volumeId = await backend.createVolume('data', ZONE);
      host.addDevice(volumeId);
      const mount = join(host.folder, 'data');
      const volumes = [volumeClaim({ ...tag('data'), mount, makeFilesystem: 'ext4', timeoutMs: 3_600_000 })];
      const first = claimsAt(backend, await backend.launch(), clock, host);
      expect(await elapse(clock, first.step.run(workOf({ volumes })))).toMatchObject({
        kind: 'ok',
        value: [{ subject: volumeId, action: 'attach' }, { action: 'make-filesystem' }, { action: 'mount' }],
      });
      const second = claimsAt(backend, await backend.launch(), clock, host);
      const patient = volumes.map((volume) => ({ ...volume, timeoutMs: 5_000 }));
      const waited = await elapse(clock, second.step.run(workOf({ volumes: patient })));
      expect(codeOf(waited)).toBe('retry LF_CLAIM_TAKEN');
    });

    it('a volume of another zone is named with its zone', async () => {
      const clock = new FakeClock();
      await backend.createVolume('far', `${PIN.region}b`);
      const claims = claimsAt(backend, await backend.launch(), clock, volumeHost());
      const outcome = await elapse(clock, claims.step.run(workOf({ volumes: [volumeClaim(tag('far'))] })));
      expect(codeOf(outcome)).toBe('fail LF_CLAIM_ZONE');
      expect(outcome).toMatchObject({ fault: { cause: expect.stringContaining(`${PIN.region}b`) } });
    });
  });
}
