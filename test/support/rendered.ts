import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import { fenceState, type FenceOptions } from '../../config-service/store/fence/fence.ts';
import { createRenderedRegister } from '../../config-service/store/folder/rendered-register.ts';
import { seal } from '../../config-service/store/seal/seal.ts';
import type { Stamp } from '../../config-service/store/stamp/stamp.ts';
import { valueOf } from './fetching.ts';
import { HERE, keyOf } from './sealing.ts';

/** Effective user id of the tests. */
export const UID = process.geteuid?.() ?? 0;

export const sha256 = (content: string | Uint8Array): string =>
  createHash('sha256').update(content).digest('hex');

/** A host as some instance left it: a state folder, and rendered files in folders below `etc`. */
export interface RenderedHost {
  readonly root: string;
  readonly state: string;
  readonly register: string;
  readonly quarantine: string;
  path(name: string): string;
  /** Puts files in place, and into the register of `stamp`, as apply does. */
  render(stamp: Stamp, files: Readonly<Record<string, string>>): Promise<void>;
  seal(stamp: Stamp, name: string): Promise<void>;
  fence(options?: Partial<FenceOptions>): ReturnType<typeof fenceState>;
}

export async function renderedHost(): Promise<RenderedHost> {
  const root = await realpath(await mkdtemp(join(tmpdir(), 'landfall-rendered-')));
  onTestFinished(() => rm(root, { recursive: true, force: true }));
  return hostIn(root);
}

export async function hostIn(root: string): Promise<RenderedHost> {
  const state = join(root, 'state');
  await mkdir(state, { recursive: true, mode: 0o700 });
  const path = (name: string): string => join(root, 'etc', name);
  return {
    root,
    state,
    register: join(state, 'rendered.register'),
    quarantine: join(state, 'quarantine'),
    path,
    async render(stamp, files) {
      const listed = Object.entries(files).map(([name, text]) => ({
        path: path(name),
        sha256: sha256(text),
      }));
      valueOf(await createRenderedRegister(state, stamp, UID).save(listed));
      for (const [name, text] of Object.entries(files)) {
        await mkdir(dirname(path(name)), { recursive: true });
        await writeFile(path(name), text);
      }
    },
    seal: (stamp, name) =>
      writeFile(join(state, `${name}.sealed`), seal(keyOf(stamp), name, Buffer.from('db.host=db.us-east-1'))),
    fence: (options = {}) =>
      fenceState({ folder: state, writable: true, here: HERE, uid: UID, mode: 'purge', ...options }),
  };
}
