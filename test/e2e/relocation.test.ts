import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { STAGES, type AwsStage } from './aws-stage.ts';
import type { Citizen } from './citizen.ts';
import { Disk, inhabit, liveInVirginia, renew, type Ending, type Inhabitant } from './relocation-disk.ts';
import { CANARY, NEW, OLD, publishTo, renderedIn, type HomeRegion } from './relocation-payroll.ts';
import { bytesBelow, everyAnswer, everyCommand, textsBelow, tracesIn } from './relocation-traces.ts';

const KEYS = ['where', 'queue', 'db.host', 'canary', 'app.password', 'api.key', 'log.level'];

/** Anything of Virginia: its name, and what every value of it carries. */
const ELSEWHERE = [OLD, CANARY[OLD], 'pw-canary-virginia', 'useast1', 'us_east_1'];

const ENDINGS: readonly Ending[] = ['stopped', 'kill -9 while a change is being applied'];

interface Unready {
  readonly name: string;
  readonly code: string;
  readonly prepare: (stage: AwsStage, disk: Disk) => Promise<void>;
  /** What answers in place of the stage: faults can be planted in the sandbox only. */
  readonly sandboxed?: boolean;
}

/** What the copy may find in its new region beside a configuration of its own. */
const UNREADY: readonly Unready[] = [
  {
    name: 'down: connections are reset',
    code: 'LF_SOURCE_UNREACHABLE',
    sandboxed: true,
    prepare: async ({ sandbox }) => void sandbox.faults.add({ service: 's3', effect: 'reset' }),
  },
  {
    name: 'down: it answers 503',
    code: 'LF_SOURCE_THROTTLED',
    sandboxed: true,
    prepare: async ({ sandbox }) => void sandbox.faults.add({ service: 's3', effect: 'throttle' }),
  },
  { name: 'empty', code: 'LF_SOURCE_EMPTY', prepare: async () => {} },
  {
    name: 'a replica of the release of us-east-1',
    code: 'LF_REGION_MANIFEST',
    prepare: (stage, { base }) => publishTo(stage, NEW, base, { of: OLD, candidate: true }),
  },
  {
    name: 'a replica of the tree of us-east-1',
    code: 'LF_REFERENCE_UNKNOWN',
    prepare: (stage, { base }) => publishTo(stage, NEW, base, { of: OLD, layout: 'tree' }),
  },
];

// What differs between the stages is how S3 answers: what the sandbox answers on both, and how a life ended, is tried on one.
describe.each(STAGES)('a disk of us-east-1 that boots in eu-west-1, on $name', ({ name: on, open }) => {
  let stage: AwsStage;
  beforeAll(async () => {
    stage = await open();
  });
  afterAll(() => stage.close());

  describe.each(on === 'moto' ? ENDINGS.slice(1) : ENDINGS)('after a life that ended as: %s', (ending) => {
    let disk: Disk;

    beforeAll(async () => {
      disk = new Disk();
      await liveInVirginia(disk, stage, ending);
      disk.restore();
    });
    afterAll(() => disk[Symbol.dispose]());

    it('the disk is full of us-east-1 before', () => {
      const state = bytesBelow(join(disk.base, 'state')).map(([name]) => name);
      const kept = ['last-good', 'overrides', 'refused-candidates', 'secrets', 'apply.applied'];
      expect(state).toEqual(expect.arrayContaining(kept.map((name) => `${name}.sealed`)));
      expect(state).toContain('rendered.register');
      expect(Object.keys(textsBelow(disk.rendered)).toSorted()).toEqual(
        Object.keys(renderedIn(OLD)).toSorted(),
      );
      expect(tracesIn(bytesBelow(disk.rendered), ELSEWHERE)).not.toEqual([]);
      if (ending !== 'stopped') expect(state).toContain('apply.apply-journal.sealed');
    });

    it('S3 is reachable: it is ready with the files of its region, and what is run once runs again', async () => {
      const { citizen, sent } = await bootCopy(() => publishTo(stage, NEW, disk.base));
      await citizen.ready();
      await citizen.settles();
      expect(await citizen.json('/v1/config')).toMatchObject({
        region: NEW,
        release: `r-${NEW}`,
        properties: { canary: CANARY[NEW], 'log.level': 'INFO', 'app.password': `pw-${CANARY[NEW]}` },
      });
      expect(textsBelow(disk.rendered)).toEqual(renderedIn(NEW));
      const told = readFileSync(join(disk.base, 'srv/ran'), 'utf8');
      expect(told.startsWith(ranOnce(OLD))).toBe(true);
      expect(told.endsWith(`${ranOnce(NEW)}configured ${NEW}\n`)).toBe(true);
      expect(
        sent().some(([request]) => request.startsWith('PUT /acme-config-eu-west-1/payroll/health/')),
      ).toBe(true);
      await expectNoTrace({ citizen, sent });
    });

    it.each(UNREADY.filter(({ sandboxed }) => on !== 'moto' || sandboxed !== true))(
      'S3 is $name: it is not ready, says why, and keeps nothing',
      async ({ code, prepare, sandboxed }) => {
        const { citizen, sent } = await bootCopy(() => prepare(stage, disk), sandboxed);
        await citizen.fails(code);
        const ready = await citizen.ask('/readyz');
        expect(ready.status).toBe(503);
        expect(ready.json()).toMatchObject({ ready: false, reasons: [{ code }] });
        for (const path of ['/v1/config', '/v1/config/canary', '/v1/explain/canary'])
          expect((await citizen.ask(path)).status, path).toBe(503);
        expect(textsBelow(disk.rendered)).toEqual({});
        expect(readFileSync(join(disk.base, 'srv/ran'), 'utf8')).not.toContain(NEW);
        await expectNoTrace({ citizen, sent });
      },
    );

    /** The disk as it was taken, as another instance in the other region; the old region can be reached all the while. */
    async function bootCopy(prepare: () => Promise<void>, sandboxed = false): Promise<Inhabitant> {
      disk.restore();
      await renew(stage);
      await publishTo(stage, OLD, disk.base);
      await prepare();
      const aws = sandboxed ? { aws: stage.sandbox.url } : {};
      const copy = await inhabit(disk, stage, NEW, aws);
      onTestFinished(() => copy[Symbol.asyncDispose]());
      return copy;
    }

    async function expectNoTrace({ citizen, sent }: Pick<Inhabitant, 'citizen' | 'sent'>): Promise<void> {
      expect(await citizen.json('/v1/status')).toMatchObject({
        fence: { relocated: true, left: [], namesLost: false },
      });
      expect(tracesIn(await answersOf(citizen), ELSEWHERE)).toEqual([]);
      expectNothingOnDisk();
      expect(sent().length).toBeGreaterThan(0);
      expect(tracesIn(sent(), ELSEWHERE)).toEqual([]);
      expect(new Set(stage.sandbox.requests.entries.map(({ region }) => region))).not.toContain(OLD);
      await citizen.agent.stop();
      expectNothingOnDisk();
    }

    function expectNothingOnDisk(): void {
      for (const folder of ['state', 'run', 'etc'])
        expect(tracesIn(bytesBelow(join(disk.base, folder)), ELSEWHERE), folder).toEqual([]);
    }
  });
});

/** What the hooks and scripts that run once per instance have told. */
function ranOnce(region: HomeRegion): string {
  return `setup ${region}\nscript ${region} ${CANARY[region]}\n`;
}

async function answersOf(citizen: Citizen): Promise<ReadonlyMap<string, string>> {
  const answers = new Map<string, string>(await everyCommand(citizen, KEYS));
  for (const asker of ['anybody', 'token', 'socket'] as const)
    for (const [path, text] of await everyAnswer(citizen, KEYS, asker))
      answers.set(`${asker}: ${path}`, text);
  return answers;
}
