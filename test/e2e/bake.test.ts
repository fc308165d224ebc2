import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { besidePlace, leaveBeside, lookBeside } from '#scripts/ops/bake/image-look.ts';
import { MOTO_IS_MISSING } from '../support/moto.ts';
import { randomFrom } from '../support/random.ts';
import { openAcrossCloud, type AcrossCloud, type CloudCall, type Trouble } from './across-cloud.ts';
import { BakeStage, documentOf, REGION, type BakeRan, type BakeWorld } from './bake-stage.ts';
import { killedLook, lookParts } from './image-look.ts';

/** Instants at which it is killed. More, by hand: LANDFALL_KILLS=200. */
const KILLS = Number(process.env['LANDFALL_KILLS'] ?? 5);
const SEED = 20_261;
const FOREIGN = { 'root/etc/app.conf': 'queue=https://sqs.us-east-1.amazonaws.com/1/q\n' };
const WRITES = [
  'CreateVolume',
  'AttachVolume',
  'DetachVolume',
  'CreateSnapshot',
  'RegisterImage',
  'DeleteVolume',
];

const opened = await openAcrossCloud();
if (!opened) console.warn(MOTO_IS_MISSING);

describe.runIf(opened)('landfall-ops bake', () => {
  if (!opened) return;
  const cloud: AcrossCloud = opened;
  const stage = new BakeStage(cloud);
  beforeEach(() => {
    cloud.trouble = undefined;
    cloud.onWrite = undefined;
    cloud.rewrite = undefined;
  });
  afterAll(async () => {
    stage[Symbol.dispose]();
    await cloud[Symbol.asyncDispose]();
  });

  it('plans, makes one image with the attributes of its base and its tags from creation on, and does it once', async () => {
    const world = await stage.world({ 'before/etc/gone': '' });
    const planned = await world.bake('--plan');
    expect([planned.code, documentOf(planned).state, writesOf(planned)]).toEqual([10, 'planned', []]);
    expect(existsSync(join(world.folder, 'state'))).toBe(false);

    const before = join(world.folder, 'before');
    const ran = await world.bake(
      '--version',
      '4.2',
      '--creator',
      'ann',
      '--tag',
      'team=pay',
      '--what-changed',
      before,
    );
    const { image, scan, report = '', changes = '' } = documentOf(ran);
    expect([ran.code, documentOf(ran).state], ran.err).toEqual([0, 'registered']);
    expect(writesOf(ran)).toEqual(WRITES);
    expect(ran.calls.every(({ region }) => region === REGION)).toBe(true);
    expect(ran.calls.find(({ action }) => action === 'DetachVolume')?.form.get('Force')).toBeNull();
    expect(readFileSync(join(world.root, 'made'), 'utf8')).toBe('baked\n');
    expect(JSON.parse(readFileSync(report, 'utf8'))).toMatchObject({ home: REGION, digest: scan.digest });
    expect(JSON.parse(readFileSync(changes, 'utf8'))).toMatchObject({
      packages: null,
      files: { added: ['/etc/os-release', '/made'], removed: ['/etc/gone'] },
    });
    const registered = formOf(ran, 'RegisterImage');
    expect([registered.get('RootDeviceName'), registered.get('BootMode')]).toEqual(['/dev/sda1', 'uefi']);
    for (const action of ['CreateSnapshot', 'RegisterImage']) {
      expect(tagsIn(formOf(ran, action))).toMatchObject({
        base_ami_id: world.base,
        base_ami_name: `base of ${world.name}`,
        creator: 'ann',
        creation_time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/) as string,
        'scan-digest': scan.digest,
        appversion: '4.2',
        team: 'pay',
      });
    }

    const again = await world.bake('--version', '4.2', '--creator', 'ann', '--tag', 'team=pay');
    expect([again.code, documentOf(again), writesOf(again)]).toMatchObject([0, { image, scan }, []]);
    world.forget();
    const elsewhere = await world.bake();
    expect([elsewhere.code, documentOf(elsewhere).image, writesOf(elsewhere)]).toEqual([0, image, []]);
  });

  it('looks at another image beside the one it makes, and leaves nothing of it, whatever becomes of the look', async () => {
    const world = await stage.world();
    using parts = lookParts(cloud.url, REGION, world.root);
    const place = besidePlace({ folder: world.folder, name: 'bake' });
    const { base: image, builder } = world;
    const look = { region: REGION, image, builder, device: undefined, purpose: 'what-changed' };
    const from = cloud.calls.length;
    const seen = await lookBeside(look, place, parts, async (path) => {
      expect(await world.scannedVolumes()).toHaveLength(1);
      return path;
    });
    expect([seen, await world.scannedVolumes()]).toEqual([world.root, []]);
    const made = cloud.calls.slice(from).filter(({ isWrite }) => isWrite);
    expect(made.map(({ action }) => action)).toEqual([
      'CreateVolume',
      'AttachVolume',
      'DetachVolume',
      'DeleteVolume',
    ]);
    const broken = lookBeside(look, place, parts, () => Promise.reject(new Error('no inventory')));
    await expect(broken).rejects.toThrow('no inventory');
    expect(await world.scannedVolumes()).toEqual([]);

    await killedLook(look, place, parts);
    expect(await world.scannedVolumes()).toHaveLength(1);
    await leaveBeside(place, parts);
    expect(await world.scannedVolumes()).toEqual([]);
    const refused = await world.bake('--what-changed', image);
    expect([refused.code, refused.err]).toEqual([2, expect.stringContaining('nothing is mounted here')]);
  });

  it('undoes everything when the scan finds another region, and says where; --scan off bakes it', async () => {
    const world = await stage.world(FOREIGN);
    const ran = await world.bake();
    expect([ran.code, documentOf(ran)]).toMatchObject([
      6,
      { state: 'undone', scan: { findings: 1, digest: null }, errors: [{ code: 'LF_REGION_FOREIGN' }] },
    ]);
    expect(ran.err).toContain('root/etc/app.conf:1 us-east-1 sqs.us-east-1.amazonaws.com');
    await expectNothing(world);
    const off = await world.bake('--scan', 'off');
    expect(tagsIn(formOf(off, 'RegisterImage'))).not.toHaveProperty('scan-digest');
    expect([off.code, documentOf(off).state], off.err).toEqual([0, 'registered']);
  });

  it('undoes everything when what provisions fails', async () => {
    const world = await stage.world({}, 'sleep 60 & echo no good; exit 3');
    const ran = await world.bake();
    expect([ran.code, documentOf(ran).errors[0]?.code]).toEqual([13, 'LF_BAKE_UNDONE']);
    expect(ran.err).toContain('no good\n');
    await expectNothing(world);
  });

  it.each<[string, (world: BakeWorld) => readonly string[], string]>([
    ['no base', (world) => world.args('--json', '--base', 'ami-0123456789abcdef0'), 'LF_BAKE_BASE'],
    ['no builder', (world) => world.args('--json', '--builder', 'i-0123456789abcdef0'), 'LF_BAKE_BUILDER'],
    ['another name', (world) => world.args('--json', '--name', `base of ${world.name}`), 'LF_BAKE_NAME'],
    ['no root', (world) => world.args('--json', '--root', '/nowhere'), 'LF_BAKE_BUILDER'],
  ])('refuses %s before it changes anything', async (_, args, code) => {
    const world = await stage.world();
    const ran = await world.run(args(world));
    expect([ran.code, documentOf(ran).state, documentOf(ran).errors[0]?.code, writesOf(ran)]).toEqual([
      15,
      'refused',
      code,
      [],
    ]);
  });

  it.each<[string, Trouble]>([
    ['is lost on its way', 'cut'],
    ['has its answer lost', 'cut-after'],
    ['is throttled', { status: 503, code: 'RequestLimitExceeded' }],
  ])('finishes when each write at its first try %s', async (_, trouble) => {
    const world = await stage.world();
    const met = new Set<string>();
    cloud.trouble = ({ action, isWrite }) => {
      if (!isWrite || met.has(action)) return undefined;
      met.add(action);
      return trouble;
    };
    await expectOne(world, await world.bake());
  });

  it.each(['AttachVolume', 'RegisterImage', 'DeleteVolume'])(
    'leaves nothing, or says what stands, when %s is denied',
    async (denied) => {
      const world = await stage.world();
      cloud.trouble = ({ action }) =>
        action === denied ? { status: 403, code: 'UnauthorizedOperation' } : undefined;
      const ran = await world.bake('--timeout', '60s');
      cloud.trouble = undefined;
      // What cannot be deleted cannot be undone either.
      const isStuck = denied === 'DeleteVolume';
      expect([ran.code, documentOf(ran).errors[0]?.message], ran.err).toEqual([
        isStuck ? 14 : 13,
        expect.stringContaining(isStuck ? 'what stands' : denied) as string,
      ]);
      if (!isStuck) await expectNothing(world);
      await expectOne(world, await world.bake());
    },
  );

  it('says what stands when a snapshot is not completed in time, and carries on', async () => {
    const world = await stage.world();
    cloud.rewrite = ({ action }, body) =>
      action === 'DescribeSnapshots' ? body.replaceAll('<status>completed', '<status>pending') : body;
    const ran = await world.bake('--timeout', '8s');
    const { snapshot, state, errors } = documentOf(ran);
    expect([ran.code, state, errors[0]?.code], ran.err).toEqual([14, 'unfinished', 'LF_BAKE_UNFINISHED']);
    expect(errors[0]?.message).toContain(`snapshot ${snapshot}`);
    expect(ran.calls.some(({ action }) => action === 'RegisterImage')).toBe(false);
    cloud.rewrite = undefined;
    const carried = await world.bake();
    expect(writesOf(carried)).toEqual(['RegisterImage', 'DeleteVolume']);
    expect(documentOf(carried).snapshot).toBe(snapshot);
    await expectOne(world, carried);
  });

  it.each(['CreateSnapshot'])('undoes everything on SIGTERM after %s', async (action) => {
    const world = await stage.world();
    cloud.onWrite = (call, phase) => {
      if (call.action === action && phase === 'done') stage.child?.kill('SIGTERM');
    };
    const ran = await world.bake();
    expect([ran.code, documentOf(ran).errors[0]?.code], ran.err).toEqual([1, 'LF_INTERRUPTED']);
    await expectNothing(world);
  });

  it('undoes first what another request of the same name left half done', async () => {
    const world = await stage.world();
    cloud.onWrite = (call, phase) => {
      if (call.action === 'CreateSnapshot' && phase === 'answered') stage.child?.kill('SIGKILL');
    };
    await world.bake('--version', '1');
    cloud.onWrite = undefined;
    const ran = await world.bake('--version', '2');
    expect(tagsIn(formOf(ran, 'RegisterImage'))).toMatchObject({ appversion: '2' });
    expect(writesOf(ran)).toContain('DeleteSnapshot');
    await expectOne(world, ran);
  });

  it('scan-image tags an image that is clean with the disk that was scanned, and leaves nothing', async () => {
    const world = await stage.world();
    const planned = await world.scanImage('--plan');
    expect([planned.code, writesOf(planned)]).toEqual([10, []]);
    const ran = await world.scanImage();
    const { state, snapshot, scan } = documentOf(ran);
    expect([ran.code, state], ran.err).toEqual([0, 'tagged']);
    expect(writesOf(ran)).toEqual([
      'CreateVolume',
      'AttachVolume',
      'DetachVolume',
      'DeleteVolume',
      'CreateTags',
    ]);
    const form = formOf(ran, 'CreateTags');
    expect(
      ['ResourceId.1', 'Tag.1.Key', 'Tag.1.Value', 'Tag.2.Key', 'Tag.2.Value'].map((key) => form.get(key)),
    ).toEqual([world.base, 'scan-digest', scan.digest, 'scan-snapshot', snapshot]);
    await expectNothing(world);
  });

  it('scan-image writes no tag on an image with another region on it, and says where', async () => {
    const world = await stage.world(FOREIGN);
    const ran = await world.scanImage();
    expect([ran.code, documentOf(ran).state, documentOf(ran).errors[0]?.code]).toEqual([
      6,
      'found',
      'LF_REGION_FOREIGN',
    ]);
    expect(ran.err).toContain('app.conf:1 us-east-1');
    expect(writesOf(ran)).not.toContain('CreateTags');
  });

  it('scan-image, killed with -9 at any write, is finished by the same command, and leaves no volume', async () => {
    for (let event = 0; event < 10; event += KILLS > 100 ? 1 : 4) {
      const world = await stage.world();
      let events = 0;
      cloud.onWrite = () => {
        if (events++ === event) stage.child?.kill('SIGKILL');
      };
      const killed = await world.scanImage();
      cloud.onWrite = undefined;
      const ran = await world.scanImage();
      expect([killed.code, ran.code], ran.err).toEqual([null, 0]);
      expect(await world.scannedVolumes()).toEqual([]);
    }
  });

  it(
    `killed with -9 at ${KILLS} instants, the same command leaves one image and nothing else, or nothing at all`,
    { timeout: 60_000 + KILLS * 20_000 },
    async () => {
      const random = randomFrom(SEED);
      let kills = 0;
      for (let at = 0; at < KILLS; at += 1) {
        const isClean = random() < 0.7;
        const isForgotten = random() < 0.2;
        const world = await stage.world(isClean ? {} : FOREIGN);
        const event = Math.floor(random() * (isClean ? 12 : 8));
        const delayMs = random() < 0.5 ? 0 : random() * 80;
        let events = 0;
        let isKilled = false;
        cloud.onWrite = (_call: CloudCall) => {
          if (events++ !== event) return;
          void sleep(delayMs).then(() => (isKilled = stage.child?.kill('SIGKILL') || isKilled));
        };
        let last = await world.bake();
        cloud.onWrite = undefined;
        if (isKilled) kills += 1;
        // Without the journal what was made is known by its tags.
        if (isForgotten) world.forget();
        for (let left = 3; left > 0 && ![0, 6].includes(last.code ?? -1); left -= 1)
          last = await world.bake();
        const told = JSON.stringify({ event, delayMs, isClean, isForgotten, code: last.code, err: last.err });
        const { images, snapshots, volumes } = await world.left();
        const { image, snapshot } = isClean ? documentOf(last) : { image: null, snapshot: null };
        expect([last.code, images, snapshots, volumes], told).toEqual(
          isClean ? [0, [image], [snapshot], []] : [6, [], [], []],
        );
      }
      expect(kills).toBeGreaterThan(0);
      console.log(`bake: ${kills} kills`);
    },
  );
});

async function expectNothing(world: BakeWorld): Promise<void> {
  expect(await world.left()).toEqual({ images: [], snapshots: [], volumes: [] });
}

async function expectOne(world: BakeWorld, ran: BakeRan): Promise<void> {
  const { image, snapshot } = documentOf(ran);
  expect([ran.code, documentOf(ran).state], ran.err).toEqual([0, 'registered']);
  expect(await world.left()).toEqual({ images: [image], snapshots: [snapshot], volumes: [] });
}

function writesOf({ calls }: BakeRan): readonly string[] {
  return calls.filter(({ isWrite }) => isWrite).map(({ action }) => action);
}

function formOf({ calls }: BakeRan, action: string): URLSearchParams {
  return calls.find((call) => call.action === action)?.form ?? new URLSearchParams();
}

function tagsIn(form: URLSearchParams): Readonly<Record<string, string>> {
  const tags = [...form].flatMap(([key, value]) => {
    const part = /^(TagSpecification\.\d+\.Tag\.\d+)\.Key$/.exec(key)?.[1];
    return part === undefined ? [] : [[value, form.get(`${part}.Value`) ?? '']];
  });
  return Object.fromEntries(tags) as Readonly<Record<string, string>>;
}
