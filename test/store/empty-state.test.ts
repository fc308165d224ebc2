import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { emptyState } from '../../config-service/store/fence/empty-state.ts';
import { keepLanding } from '../../config-service/store/fence/landing.ts';
import { acquireStateLock } from '../../config-service/store/folder/state-lock.ts';
import { valueOf, verdictOf } from '../support/fetching.ts';
import { renderedHost, UID, type RenderedHost } from '../support/rendered.ts';
import { ELSEWHERE, HERE } from '../support/sealing.ts';

async function fullHost(): Promise<RenderedHost & { readonly runDir: string }> {
  const host = await renderedHost();
  const runDir = join(host.root, 'run');
  await host.render(ELSEWHERE, { 'old.conf': 'us-east-1' });
  await host.fence({ mode: 'quarantine' });
  await host.render(HERE, { 'app.conf': 'eu-west-1' });
  await host.seal(HERE, 'last-good');
  await writeFile(join(host.state, 'boot.mark'), 'x');
  valueOf(
    await keepLanding(
      { folder: host.state, here: HERE, uid: UID },
      { from: 'i-0old', to: HERE.instanceId, at: 1 },
    ),
  );
  await writeFile(join(host.state, 'last-good.sealed.4711.1.tmp'), 'x');
  await mkdir(join(runDir, 'staging'), { recursive: true });
  await writeFile(join(runDir, 'staging/app.conf'), 'eu-west-1');
  await writeFile(join(runDir, 'token'), 'x');
  return { ...host, runDir };
}

const empty = ({ state, runDir }: { state: string; runDir: string }) =>
  emptyState({ stateDir: state, runDir, uid: UID, pid: process.pid });

describe('emptying the state before an image is made', () => {
  it('removes everything of ours, this instance’s own rendered files included, and names it', async () => {
    const host = await fullHost();
    await writeFile(join(host.state, 'notes.txt'), 'of the operator');
    const removed = valueOf(await empty(host));
    expect(
      removed.map(({ path, kind, reason }) => `${kind} ${reason} ${path.slice(host.root.length)}`),
    ).toEqual([
      'stamped emptied /state/landing.stamped',
      'sealed emptied /state/last-good.sealed',
      'sealed leftover /state/last-good.sealed.4711.1.tmp',
      'rendered emptied /etc/app.conf',
      'register emptied /state/rendered.register',
      'run emptied /run/staging',
    ]);
    expect(await readdir(host.state)).toEqual(['notes.txt']);
    expect(await readdir(host.path('.'))).toEqual([]);
    expect(await readdir(host.runDir)).toEqual([]);
    expect(valueOf(await empty(host))).toEqual([]);
  });

  it('is refused while a daemon runs', async () => {
    const host = await fullHost();
    const lock = valueOf(await acquireStateLock(host.state, process.pid));
    expect(verdictOf(await empty(host))).toBe('fail LF_STATE_LOCKED');
    expect(await readFile(host.path('app.conf'), 'utf8')).toBe('eu-west-1');
    await lock.release();
    expect(verdictOf(await empty(host))).toBe('ok');
  });

  it('does not pass as long as a register that cannot be read lies there', async () => {
    const host = await fullHost();
    await writeFile(host.register, 'torn');
    for (let run = 0; run < 2; run += 1)
      expect(await empty(host)).toMatchObject({
        kind: 'fail',
        fault: { code: 'LF_REGION_LEFT', subject: host.register, cause: 'it is no register' },
      });
    expect((await readdir(host.state)).toSorted()).toEqual(['rendered.register']);
  });

  it('finds nothing where nothing is, and makes nothing', async () => {
    const { root } = await renderedHost();
    const nowhere = { state: join(root, 'nowhere'), runDir: join(root, 'nowhere-either') };
    expect(valueOf(await empty(nowhere))).toEqual([]);
    expect(await readdir(root)).toEqual(['state']);
  });
});
