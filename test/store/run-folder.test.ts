import { mkdir, readdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fenceRunFolder, type RunFolderOptions } from '../../config-service/store/fence/run-folder.ts';
import { valueOf, verdictOf } from '../support/fetching.ts';
import { renderedHost } from '../support/rendered.ts';
import { HERE, SIBLING } from '../support/sealing.ts';

/** A run folder that lies on a disk, as an earlier boot left it. */
async function runFolder() {
  const { root, state } = await renderedHost();
  const runDir = join(root, 'run');
  await mkdir(runDir);
  const fill = async (): Promise<void> => {
    for (const name of ['staging', 'snapshots', 'versions', 'command-aB3xYz', 'init-aB3xYz']) {
      await mkdir(join(runDir, name, 'deep'), { recursive: true });
      await writeFile(join(runDir, name, 'deep/nginx.conf'), 'us-east-1');
    }
    for (const name of ['token', 'landfall.sock', 'of-another.pid']) await writeFile(join(runDir, name), 'x');
    await mkdir(join(runDir, 'command-line-tool'), { recursive: true });
  };
  await fill();
  const fence = async (options: Partial<RunFolderOptions> = {}) =>
    fenceRunFolder({ runDir, stateFolder: state, here: HERE, bootId: 'boot-1', ...options });
  return { runDir, state, fill, fence };
}

const KEPT = ['command-line-tool', 'landfall.sock', 'of-another.pid'];
const WHOLE = [
  'command-aB3xYz',
  'init-aB3xYz',
  'snapshots',
  'staging',
  'token',
  'versions',
  ...KEPT,
].toSorted();

describe('the run folder of an earlier boot', () => {
  it('loses what is private and the token, and nothing else', async () => {
    const { runDir, fence } = await runFolder();
    expect(valueOf(await fence())).toEqual(
      ['command-aB3xYz', 'init-aB3xYz', 'snapshots', 'staging', 'versions'].map((name) => {
        return { path: join(runDir, name), kind: 'run', reason: 'leftover', action: 'purged', sha256: '' };
      }),
    );
    expect((await readdir(runDir)).toSorted()).toEqual(KEPT);
  });

  it('is left alone by a restart in the same boot: a cut change is undone from it', async () => {
    const { runDir, fill, fence } = await runFolder();
    await fence();
    await fill();
    expect(valueOf(await fence())).toEqual([]);
    expect((await readdir(runDir)).toSorted()).toEqual(WHOLE);
  });

  it.each<[string, Partial<RunFolderOptions>]>([
    ['after a reboot', { bootId: 'boot-2' }],
    ['on another instance', { here: SIBLING }],
    ['when the boot is unknown', { bootId: '' }],
    ['without a state folder to remember it in', { stateFolder: undefined }],
  ])('is emptied again %s', async (_, options) => {
    const { runDir, fill, fence } = await runFolder();
    await fence(options.bootId === '' ? options : {});
    await fill();
    expect(valueOf(await fence(options))).toHaveLength(5);
    expect((await readdir(runDir)).toSorted()).toEqual(KEPT);
  });

  it('is emptied of a link, not of what it leads to', async () => {
    const { runDir, state, fence } = await runFolder();
    await fence({ bootId: 'before' });
    await symlink(state, join(runDir, 'staging'));
    await writeFile(join(state, 'precious'), '');
    await fence();
    expect(await readdir(runDir)).not.toContain('staging');
    expect(await readdir(state)).toContain('precious');
  });

  it('that does not exist is empty; one that cannot be emptied ends the boot', async () => {
    const { runDir, fence } = await runFolder();
    expect(valueOf(await fence({ runDir: join(runDir, 'nowhere') }))).toEqual([]);
    expect(verdictOf(await fence({ runDir: 'landfall.sock\0' }))).toBe('retry LF_STATE_DIR');
  });
});
