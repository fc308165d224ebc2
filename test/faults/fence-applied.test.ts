import { mkdir, mkdtemp, readdir, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { RenderedRegister } from '#agent/apply/apply-store.ts';
import type { ApplyHost } from '#agent/apply/apply-work.ts';
import { createDeploymentStep } from '#agent/apply/steps/deployment-step.ts';
import { createHooks } from '#agent/apply/steps/hooks-step.ts';
import { fenceState, type FenceMode } from '../../config-service/store/fence/fence.ts';
import { createRenderedRegister } from '../../config-service/store/folder/rendered-register.ts';
import { s3Below, hostIn as initHostIn, stepIn, workOf as initWorkOf } from '../apply/init/init-host.ts';
import { tarOf } from '../support/archives.ts';
import { commandHostIn, workOf } from '../support/command-host.ts';
import { deployHooks, deployProperties, fetchFrom, packVersion } from '../support/deploying.ts';
import { valueOf } from '../support/fetching.ts';
import { UID } from '../support/rendered.ts';
import { ELSEWHERE, HERE } from '../support/sealing.ts';

const MODES: readonly FenceMode[] = ['purge', 'quarantine'];

/** What is put on the host lies below `disk`; what others have put there says so. */
interface Scene {
  readonly root: string;
  readonly disk: string;
  readonly state: string;
  readonly register: RenderedRegister;
}

async function scene(): Promise<Scene> {
  const root = await realpath(await mkdtemp(join(tmpdir(), 'landfall-applied-')));
  onTestFinished(() => rm(root, { recursive: true, force: true }));
  const state = join(root, 'fenced');
  await mkdir(state, { mode: 0o700 });
  await mkdir(join(root, 'disk/there'), { recursive: true });
  await writeFile(join(root, 'disk/there/mine'), 'of the operator');
  const kept = createRenderedRegister(state, ELSEWHERE, UID);
  // On the instance before this one: what it put there is its own.
  const load = async () => {
    const own = createRenderedRegister(state, ELSEWHERE, UID);
    const loaded = await own.load();
    return loaded.kind === 'loaded' ? loaded.files : [];
  };
  return { root, disk: join(root, 'disk'), state, register: { load, save: (files) => kept.save(files) } };
}

/** The process is gone at the nth time it uses the host, before or after it was of use: nothing runs any more, no cleaning up. */
function endingHost(
  host: ApplyHost,
  at: number,
): { readonly host: ApplyHost; readonly gone: Promise<'gone'>; readonly uses: () => number } {
  const { promise: gone, resolve } = Promise.withResolvers<'gone'>();
  const never = new Promise<never>(() => {});
  let uses = 0;
  const ending = <Given extends unknown[], Result>(call: (...given: Given) => Promise<Result>) => {
    return async (...given: Given): Promise<Result> => {
      uses += 1;
      if (uses > at) return never;
      const result = await call(...given);
      if (uses < at) return result;
      resolve('gone');
      return never;
    };
  };
  const { store, register } = host;
  const ended: ApplyHost = {
    ...host,
    run: ending(host.run),
    store: { ...store, save: ending((record, bytes) => store.save(record, bytes)) },
    register: { load: ending(() => register.load()), save: ending((files) => register.save(files)) },
  };
  return { host: ended, gone, uses: () => uses };
}

async function leftOn({ disk }: Scene): Promise<readonly string[]> {
  const entries = await readdir(disk, { recursive: true, withFileTypes: true });
  return entries.map(({ parentPath, name }) => relative(disk, join(parentPath, name))).toSorted();
}

async function expectClean(at: Scene, mode: FenceMode, after: number): Promise<void> {
  const outcome = await fenceState({ folder: at.state, writable: true, here: HERE, uid: UID, mode });
  expect(valueOf(outcome).left, `after use ${after}`).toEqual([]);
  expect(await leftOn(at), `after use ${after}`).toEqual(['there', 'there/mine']);
}

/** Where it is cut does not depend on what becomes of what is left: one mode sees every cut, the others one in three. */
const stepOf = (mode: FenceMode): number =>
  mode === MODES[0] || process.env['LANDFALL_KILLS'] !== undefined ? 1 : 3;

describe.each(MODES)('in another region the fence (%s) leaves nothing', (mode) => {
  it('of an init document, wherever it was cut: files, links, archives and their folders', async () => {
    for (let at = 1, isOver = false; !isOver; at += stepOf(mode)) {
      const here = await scene();
      const { root, disk, register } = here;
      for (const folder of ['run', 'state', 's3/app']) await mkdir(join(root, folder), { recursive: true });
      const tar = tarOf({ 'etc/queue': 'sqs.us-east-1', link: { link: 'etc/queue' } });
      await writeFile(join(root, 's3/app/app.tar'), tar);
      const url = 's3://app/app.tar';
      const document = {
        config: {
          sources: { [`${disk}/made/dst`]: url, [`${disk}/there`]: url },
          files: {
            [`${disk}/etc/app.conf`]: { content: 'a' },
            [`${disk}/etc/link`]: { content: 'app.conf', mode: '120777' },
          },
        },
      };
      const ending = endingHost({ ...initHostIn(root), register }, at);
      const work = initWorkOf({ web: JSON.stringify(document) });
      const step = stepIn(root, '/usr/sbin:/usr/bin:/sbin:/bin', s3Below(root), ending.host);
      const ran = await Promise.race([step.run(work), ending.gone]);
      isOver = ran !== 'gone';
      if (isOver) expect(ran).toMatchObject({ kind: 'ok' });
      if (isOver) expect(await leftOn(here)).toContain('made/dst/etc/queue');
      await expectClean(here, mode, at);
    }
  }, 120_000);

  it('of deployments, wherever one was cut: versions, what is half unpacked, and current', async () => {
    for (let at = 1, isOver = false; !isOver; at += stepOf(mode)) {
      const here = await scene();
      const { root, disk, register } = here;
      const ending = endingHost({ ...commandHostIn(root).host, register }, at);
      const { launch } = commandHostIn(root);
      const bringer = { fetchArtefact: fetchFrom(root), runnerFor: () => ending.host.run };
      const step = createDeploymentStep(ending.host, createHooks(ending.host, launch), bringer);
      isOver = true;
      for (const version of ['1', '2']) {
        const sha256 = await packVersion(root, version);
        const properties = deployProperties(root, version, sha256, { directory: `${disk}/srv/app` });
        const hooks = deployHooks(root);
        const ran = await Promise.race([step.run(workOf({ properties, hooks })), ending.gone]);
        isOver &&= ran !== 'gone';
        if (!isOver) break;
        expect(ran).toMatchObject({ kind: 'ok' });
      }
      if (isOver) expect(await leftOn(here)).toContain('srv/app/versions/2/lib/0');
      await expectClean(here, mode, at);
    }
  }, 120_000);
});
