import { chmod, mkdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { keepReadToken } from '#agent/daemon/runtime/token.ts';
import { fenceRunFolder } from '../../config-service/store/fence/run-folder.ts';
import { daemonBench, type DaemonBench, type StartOptions } from '../support/daemon-bench.ts';
import { valueOf, verdictOf } from '../support/fetching.ts';
import { freePort } from '../support/free-port.ts';
import { finish } from '../support/patience.ts';
import { ask } from '../support/raw-http.ts';
import { HERE } from '../support/sealing.ts';

async function booted(bench: DaemonBench, flags: NonNullable<StartOptions['flags']>) {
  const daemon = await bench.daemon({ flags });
  valueOf(await finish(bench.clock, daemon.booted));
  return daemon;
}

async function folders() {
  const { runDir, stateDir } = await daemonBench();
  await mkdir(runDir, { recursive: true });
  await mkdir(stateDir, { recursive: true });
  return { runDir, elsewhere: join(stateDir, 'token-for-apps') };
}

describe('a shape that is turned on', () => {
  it('has its own door while the agent runs, and is told of changes by an index that a restart does not take back', async () => {
    const bench = await daemonBench();
    bench.put('base/app.properties', 'a=1\n');
    const own = { host: '127.0.0.1', port: await freePort() };
    const flags = { compat: 'consul', consulListen: `127.0.0.1:${own.port}` };
    const indices: number[] = [];
    const read = async (): Promise<string> => {
      const answer = await ask(own, { path: '/v1/kv/a?raw' });
      indices.push(Number(answer.headers['x-consul-index']));
      return answer.text;
    };
    const first = await booted(bench, flags);
    expect(await read()).toBe('1');
    bench.put('base/app.properties', 'a=2\n');
    await finish(bench.clock, first.refresh());
    expect(await read()).toBe('2');
    await first.close(1000);
    await expect(ask(own, { path: '/v1/kv/a' })).rejects.toThrow('ECONNREFUSED');
    await bench.clock.advance(1000);
    const second = await booted(bench, flags);
    expect(await read()).toBe('2');
    expect(indices).toEqual([...new Set(indices)].toSorted((a, b) => a - b));
    // Who held the last index of before is answered at once.
    expect((await ask(own, { path: `/v1/kv/a?raw&index=${indices[1]}&wait=5m` })).text).toBe('2');
    await second.close(1000);
  });

  it('whose port is taken ends the start, with everything closed', async () => {
    const bench = await daemonBench();
    const port = new URL(bench.sandbox.url).port;
    const started = await bench.start({ flags: { compat: 'consul', consulListen: `127.0.0.1:${port}` } });
    expect(started).toMatchObject({ fault: { code: 'LF_LISTEN' } });
    expect(started.kind === 'fail' && started.fault.hint).toContain('LANDFALL_CONSUL_LISTEN');
    await expect(stat(bench.socket.socketPath)).rejects.toThrow('ENOENT');
    expect(verdictOf(await bench.start())).toBe('ok');
  });

  it('comes with a token that only reads, for its group, the same after a restart', async () => {
    const bench = await daemonBench();
    bench.put('base/app.properties', 'a=1\n');
    const path = join(bench.runDir, 'read-token');
    await (await bench.daemon()).close(1000);
    await expect(stat(path)).rejects.toThrow('ENOENT');
    const tokens: string[] = [];
    for (let start = 0; start < 2; start += 1) {
      const daemon = await bench.daemon({ flags: { compat: 'consul' } });
      expect((await stat(path)).mode & 0o777).toBe(0o640);
      tokens.push(await readFile(path, 'utf8'));
      await daemon.close(1000);
    }
    expect(tokens[0]).toMatch(/^[\w-]{43}\n$/);
    expect(tokens[1]).toBe(tokens[0]);
    expect(await readFile(join(bench.runDir, 'token'), 'utf8')).not.toBe(tokens[0]);
  });
});

describe('the token that only reads', () => {
  const uid = process.geteuid?.() ?? 0;

  it('is gone with the next boot, and what lies elsewhere is made anew then', async () => {
    const { runDir, elsewhere } = await folders();
    const before = await keepReadToken(runDir, elsewhere, uid);
    expect(await readFile(elsewhere, 'utf8')).toBe(`${before}\n`);
    expect(await keepReadToken(runDir, elsewhere, uid)).toBe(before);
    await fenceRunFolder({ runDir, stateFolder: undefined, here: HERE, bootId: 'x' });
    const after = await keepReadToken(runDir, elsewhere, uid);
    expect(after).not.toBe(before);
    expect(await readFile(elsewhere, 'utf8')).toBe(`${after}\n`);
  });

  it('keeps the mode that an operator gave it, and is made anew where others could write it', async () => {
    const { runDir } = await folders();
    const path = join(runDir, 'read-token');
    const first = await keepReadToken(runDir, path, uid);
    await chmod(path, 0o644);
    expect(await keepReadToken(runDir, path, uid)).toBe(first);
    expect((await stat(path)).mode & 0o777).toBe(0o644);
    await chmod(path, 0o666);
    expect(await keepReadToken(runDir, path, uid)).not.toBe(first);
    expect((await stat(path)).mode & 0o777).toBe(0o640);
  });

  it('follows no link, and replaces nothing that is none', async () => {
    const { runDir, elsewhere } = await folders();
    await writeFile(elsewhere, 'a file of somebody\n');
    await expect(keepReadToken(runDir, elsewhere, uid)).rejects.toThrow('something else stands in its place');
    expect(await readFile(elsewhere, 'utf8')).toBe('a file of somebody\n');
    await symlink(elsewhere, join(runDir, 'link'));
    await expect(keepReadToken(runDir, join(runDir, 'link'), uid)).rejects.toThrow('ELOOP');
  });
});
