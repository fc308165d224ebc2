import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ClaimsParts } from '#agent/claims/claims.ts';
import type { VolumeClaim } from '#agent/plan/plan.ts';
import type { VolumeOptions } from '../../scripts/sandbox/ec2/ebs-volumes.ts';
import { claimingGround, codeOf, storeInMemory, volumeClaim, workOf, ZONE } from '../support/claiming.ts';
import { PIN } from '../support/pinned.ts';
import { execute, volumeHost } from '../support/volume-host.ts';

const PAYROLL = { service: 'payroll' };

async function volumeGround(parts: Partial<ClaimsParts> = {}) {
  const ground = await claimingGround();
  const host = volumeHost();
  const store = storeInMemory();
  const { run, roots } = host;
  const start = () => ground.claims('i-0a', { run, roots, store, ...parts });
  const mount = join(host.folder, 'srv data');
  return {
    ...ground,
    host,
    store,
    start,
    mount,
    own: await start(),
    create: (more: Partial<VolumeOptions> = {}) =>
      ground.sandbox.volumes.create({ region: PIN.region, zone: ZONE, tags: PAYROLL, ...more }),
    work: (more: Partial<VolumeClaim> = {}) =>
      workOf({ volumes: [volumeClaim({ mount, makeFilesystem: 'ext4', ...more })] }),
  };
}

describe('a claim of a volume', () => {
  it('attaches, makes a file system, mounts; and the second time there is nothing to do', async () => {
    const { sandbox, host, own, create, work, during, mount } = await volumeGround();
    create({ region: 'us-east-1', zone: 'us-east-1a' });
    const volumeId = create();
    host.addDevice('vol-0ffffffffffffffff');
    const node = host.addDevice(volumeId);
    sandbox.volumes.attachMs = 5_000;
    expect(await during(own.step.preview(work()))).toMatchObject({
      value: [
        { subject: volumeId, action: 'attach' },
        { subject: mount, action: 'mount' },
      ],
    });
    expect(host.ran).toEqual([]);
    expect(await during(own.step.run(work()))).toEqual({
      kind: 'ok',
      value: [
        { entry: 'claims.volumes.data', subject: volumeId, action: 'attach', reason: 'as /dev/sdf' },
        { entry: 'claims.volumes.data', subject: volumeId, action: 'make-filesystem', reason: 'ext4' },
        { entry: 'claims.volumes.data', subject: mount, action: 'mount' },
      ],
    });
    expect(own.status().volumes).toEqual([
      { name: 'data', tag: 'service=payroll', mount, state: 'mounted', volumeId, device: node },
    ]);
    expect(await during(own.step.run(work()))).toEqual({ kind: 'ok', value: [] });
    expect(await during(own.step.preview(work()))).toEqual({ kind: 'ok', value: [] });
    expect(host.ran.filter((tool) => tool !== 'blkid')).toEqual(['mkfs.ext4', 'mount']);
  });

  it('leaves alone what a swap brings to another instance, takes what it brings here', async () => {
    let to = 'i-09';
    const { host, own, create, work, during, sandbox } = await volumeGround({ movingTo: async () => to });
    const volumeId = create();
    host.addDevice(volumeId);
    expect(await during(own.step.run(work({ timeoutMs: 3_000 })))).toMatchObject({
      kind: 'retry',
      fault: { code: 'LF_CLAIM_TAKEN', cause: `a swap brings ${volumeId} to i-09` },
    });
    expect(sandbox.volumes.holderOf(volumeId)).toBeUndefined();
    to = 'i-0a';
    expect(codeOf(await during(own.step.run(work())))).toBe('ok');
  });

  it('waits for the instance before to let go, busy or detaching, and forces nothing', async () => {
    const { sandbox, host, own, create, work, during, clock } = await volumeGround();
    const volumeId = create();
    host.addDevice(volumeId);
    sandbox.volumes.attach(volumeId, 'i-0old');
    sandbox.volumes.hold(volumeId);
    const waited = await during(own.step.run(work()));
    expect(codeOf(waited)).toBe('retry LF_CLAIM_TAKEN');
    expect(waited).toMatchObject({ fault: { cause: expect.stringContaining('busy, i-0old') } });
    expect(sandbox.requests.entries.map(({ operation }) => operation)).not.toContain('DetachVolume');
    const running = own.step.run(work());
    sandbox.volumes.detachMs = 10_000;
    sandbox.volumes.detach(volumeId);
    await clock.advance(9_000);
    expect(sandbox.volumes.holderOf(volumeId)).toBe('i-0old');
    expect(codeOf(await during(running))).toBe('ok');
    expect(sandbox.volumes.holderOf(volumeId)).toBe('i-0a');
  });

  it('takes the first free name of a device, and the next when EC2 knows better', async () => {
    const { sandbox, host, own, create, work, during } = await volumeGround();
    const [root, unseen, volumeId] = [create({ tags: {} }), create({ tags: {} }), create()];
    host.addDevice(volumeId);
    sandbox.volumes.attach(root, 'i-0a', '/dev/xvdf');
    sandbox.volumes.attach(unseen, 'i-0a', '/dev/sdg');
    sandbox.volumes.detach(unseen);
    // Read as still free, and not free.
    sandbox.volumes.detachMs = 0;
    const outcome = await during(own.step.run(work()));
    expect(outcome).toMatchObject({ value: [{ action: 'attach', reason: 'as /dev/sdg' }, {}, {}] });
  });

  it('says so when the device that the plan names is taken', async () => {
    const { sandbox, own, create, work, during } = await volumeGround();
    sandbox.volumes.attach(create({ tags: {} }), 'i-0a', '/dev/sdh');
    create();
    expect(codeOf(await during(own.step.run(work({ device: '/dev/sdh' }))))).toBe('fail LF_CLAIM_DEVICE');
  });

  it.each<[string, string, Partial<VolumeOptions>]>([
    ['is none', 'LF_CLAIM_MISSING', { tags: {} }],
    ['lies in another region', 'LF_CLAIM_MISSING', { region: 'us-east-1', zone: 'us-east-1a' }],
    ['lies in another zone', 'LF_CLAIM_ZONE', { zone: `${PIN.region}b` }],
    ['is in the state error', 'LF_CLAIM_VOLUME', { status: 'error' }],
    ['is encrypted with a key that is denied', 'LF_CLAIM_KEY', { encrypted: true, keyDenied: true }],
  ])('is final when the volume %s', async (_, code, options) => {
    const { sandbox, own, create, work, during } = await volumeGround();
    sandbox.volumes.attachMs = 2_000;
    create(options);
    const outcome = await during(own.step.run(work()));
    expect(codeOf(outcome)).toBe(`fail ${code}`);
    if (options.zone === `${PIN.region}b`) {
      expect(outcome).toMatchObject({ fault: { cause: expect.stringContaining(`${PIN.region}b`) } });
    }
  });

  it.each([
    ['UnauthorizedOperation', 403, 'fail LF_CLAIM_DENIED'],
    ['AttachmentLimitExceeded', 400, 'fail LF_CLAIM_LIMIT'],
    ['InvalidVolume.ZoneMismatch', 400, 'fail LF_CLAIM_ZONE'],
    ['InvalidKmsKey.InvalidState', 400, 'fail LF_CLAIM_KEY'],
    ['IncorrectState', 400, 'retry LF_CLAIM_TAKEN'],
    ['VolumeInUse', 400, 'retry LF_CLAIM_TAKEN'],
    ['InvalidVolume.NotFound', 400, 'retry LF_CLAIM_CALL'],
    ['RequestLimitExceeded', 503, 'retry LF_CLAIM_CALL'],
  ])('says what %s means', async (code, status, expected) => {
    const { sandbox, own, create, work, during } = await volumeGround();
    create();
    sandbox.faults.add({ service: 'ec2', operation: 'AttachVolume', effect: { status, code } });
    const outcome = await during(own.step.run(work()));
    expect(codeOf(outcome)).toBe(expected);
    if (expected.endsWith('DENIED')) {
      expect(outcome).toMatchObject({ fault: { hint: expect.stringContaining('ec2:AttachVolume') } });
    }
  });

  it('finds the limit of attachments', async () => {
    const { sandbox, own, create, work, during } = await volumeGround();
    create();
    sandbox.volumes.limit = 0;
    expect(codeOf(await during(own.step.run(work())))).toBe('fail LF_CLAIM_LIMIT');
  });

  it('waits for the device, and says so when it does not come', async () => {
    const { host, own, create, work, during, clock } = await volumeGround();
    const volumeId = create();
    expect(codeOf(await during(own.step.run(work())))).toBe('retry LF_CLAIM_DEVICE');
    const running = own.step.run(work());
    await clock.advance(10_000);
    host.addDevice(volumeId);
    expect(codeOf(await during(running))).toBe('ok');
  });

  it('keeps two claims of one tag apart, whatever the order in which devices appear and after restarts', async () => {
    const { sandbox, host, start, create, during, mount, store } = await volumeGround();
    for (const volumeId of [create(), create()]) host.addDevice(volumeId);
    const volumes = ['data', 'logs'].map((name) =>
      volumeClaim({ name, mount: join(mount, name), makeFilesystem: 'ext4' }),
    );
    expect(codeOf(await during((await start()).step.run(workOf({ volumes }))))).toBe('ok');
    const before = JSON.parse(store.text) as { volumes: Record<string, string> };
    expect(new Set(Object.values(before.volumes)).size).toBe(2);
    // A reboot: still attached, nothing mounted.
    writeFileSync(join(host.folder, 'proc/self/mountinfo'), '');
    sandbox.requests.clear();
    const again = await start();
    const outcome = await during(again.step.run(workOf({ volumes: volumes.toReversed() })));
    expect(outcome).toMatchObject({ value: [{ action: 'mount' }, { action: 'mount' }] });
    const status = again.status().volumes;
    expect(Object.fromEntries(status.map(({ name, volumeId }) => [name, volumeId]))).toEqual(before.volumes);
  });

  it('stays with the volume when the claim gets another name', async () => {
    const { host, start, create, work, during, mount } = await volumeGround();
    const volumeId = create();
    host.addDevice(volumeId);
    await during((await start()).step.run(work()));
    const renamed = workOf({ volumes: [volumeClaim({ name: 'renamed', mount })] });
    expect(await during((await start()).step.run(renamed))).toEqual({ kind: 'ok', value: [] });
  });

  it('mounts a volume before what lies below its mount point', async () => {
    const { host, own, create, during, mount } = await volumeGround();
    for (const volumeId of [create(), create()]) host.addDevice(volumeId);
    const volumes = [
      volumeClaim({ name: 'a', mount: join(mount, 'below'), makeFilesystem: 'ext4' }),
      volumeClaim({ name: 'b', mount, makeFilesystem: 'ext4' }),
    ];
    expect(codeOf(await during(own.step.run(workOf({ volumes }))))).toBe('ok');
    const table = readFileSync(join(host.folder, 'proc/self/mountinfo'), 'utf8').trimEnd().split('\n');
    expect(table.map((line) => line.endsWith('rw') && line.includes('below'))).toEqual([false, false, true]);
  });

  it('goes on when the answer to the attachment was lost', async () => {
    const { sandbox, host, own, create, work, during } = await volumeGround();
    host.addDevice(create());
    sandbox.faults.add({ service: 'ec2', operation: 'AttachVolume', times: 1, effect: 'lose' });
    expect(codeOf(await during(own.step.run(work())))).toBe('ok');
  });

  it('notices that a volume is gone, says so once, and leaves it alone', async () => {
    const { host, own, create, work, during } = await volumeGround();
    const volumeId = create();
    host.addDevice(volumeId);
    await during(own.step.run(work()));
    const { signal } = new AbortController();
    expect(await own.verify(signal)).toEqual({ kind: 'ok', value: [] });
    const table = join(host.folder, 'proc/self/mountinfo');
    expect(readFileSync(table, 'utf8')).toContain('srv\\040data');
    writeFileSync(table, '');
    expect(await own.verify(signal)).toMatchObject({ value: [{ action: 'lost', subject: volumeId }] });
    expect(own.status().volumes).toMatchObject([{ state: 'lost' }]);
    expect(await own.verify(signal)).toEqual({ kind: 'ok', value: [] });
  });

  it('goes on after a kill at each step, and ends with one file system on one mount', async () => {
    for (const killAt of [0, 1, 2, 3, 4, 5, 6]) {
      const bench = await volumeGround();
      const node = bench.host.addDevice(bench.create());
      bench.sandbox.volumes.attachMs = 2_000;
      let steps = 0;
      const dead = Promise.withResolvers<void>();
      // Half of the step is done, and the agent is gone: nothing after it happens.
      const killed = bench.claims('i-0a', {
        roots: bench.host.roots,
        store: bench.store,
        run: async (tool) => {
          steps += 1;
          if (steps < killAt) return bench.host.run(tool, new AbortController().signal);
          dead.resolve();
          if (tool.argv[0] === 'mkfs.ext4') writeFileSync(node, 'half of a file system', { flag: 'r+' });
          return { end: { kind: 'stopped' }, tail: '' };
        },
      });
      const stop = new AbortController();
      const { plan } = bench.work();
      const first = (await killed).step.run({ plan, signal: stop.signal });
      await bench.during(killAt === 0 ? bench.clock.advance(100) : Promise.race([dead.promise, first]));
      stop.abort();
      await bench.during(first);
      expect(codeOf(await bench.during((await bench.start()).step.run(bench.work())))).toBe('ok');
      expect((await execute(['blkid', '-p', '-s', 'TYPE', '-o', 'value', node])).tail.trim()).toBe('ext4');
      const table = readFileSync(join(bench.host.folder, 'proc/self/mountinfo'), 'utf8');
      expect(table.split('\n').filter((line) => line.includes(node))).toHaveLength(1);
    }
  });
});
