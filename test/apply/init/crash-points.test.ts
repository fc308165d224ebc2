import { readFile, writeFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import type { ApplyHost } from '#agent/apply/apply-work.ts';
import { tarOf } from '../../support/archives.ts';
import { changesOf, initBench } from './init-bench.ts';
import { hostIn, s3Below, stepIn, workOf } from './init-host.ts';

const documentOf = (content: string) => ({
  config: {
    packages: { apt: { [content]: [] } },
    groups: { [content]: {} },
    sources: { 'ROOT/opt/app': 's3://app/app.tar' },
    files: { 'ROOT/etc/app.conf': { content } },
    commands: { a: { command: `echo ${content} >>ROOT/ran` } },
    services: {
      systemd: {
        packaged: { ensureRunning: true, packages: { apt: [content] } },
        grouped: { ensureRunning: true, groups: [content] },
        unpacked: { ensureRunning: true, sources: ['ROOT/opt/app/'] },
        filed: { ensureRunning: true, files: ['ROOT/etc/app.conf'] },
        commanded: { ensureRunning: true, commands: ['a'] },
      },
    },
  },
});
/** In CI every tenth use of the host; all, by hand: LANDFALL_KILLS=200. */
const STEP = process.env['LANDFALL_KILLS'] === undefined ? 10 : 2;

const SERVICES = ['packaged', 'grouped', 'unpacked', 'filed', 'commanded'];

/** The process is gone at the nth time it uses the host, before or after it was of use. */
function crashingHost(
  host: ApplyHost,
  at: number,
  when: 'before' | 'after',
): { host: ApplyHost; uses: () => number } {
  let uses = 0;
  const dying = <Given extends unknown[], Result>(call: (...given: Given) => Promise<Result>) => {
    return async (...given: Given): Promise<Result> => {
      uses += 1;
      if (uses === at && when === 'before') throw new Error('crash');
      const result = await call(...given);
      if (uses === at) throw new Error('crash');
      return result;
    };
  };
  const { store, register } = host;
  const crashing: ApplyHost = {
    ...host,
    run: dying(host.run),
    store: { ...store, save: dying((record, bytes) => store.save(record, bytes)) },
    register: { ...register, save: dying((files) => register.save(files)) },
  };
  return { host: crashing, uses: () => uses };
}

test.each(['before', 'after'] as const)(
  'gone %s any use of the host, a run is made whole by the next, and every service that waits is restarted',
  { timeout: 120_000 },
  async (when) => {
    const bench = await initBench();
    const fetch = s3Below(bench.root);
    const textOf = (content: string) => JSON.stringify(documentOf(content)).replaceAll('ROOT', bench.root);
    await bench.put('app/app.tar', tarOf({ version: 'g0' }));
    changesOf(await bench.run(documentOf('g0')));
    let crashes = 0;
    let content = '';
    // In turns: after one use of the host is where before the next one is.
    for (let at = when === 'before' ? 1 : 2, isOver = false; !isOver; at += STEP) {
      content = `g${at}`;
      await bench.put('app/app.tar', tarOf({ version: content }));
      await writeFile(bench.at('calls'), '');
      const { host, uses } = crashingHost(hostIn(bench.root), at, when);
      const run = stepIn(bench.root, bench.fakes.path, fetch, host).run(workOf({ web: textOf(content) }));
      isOver = await run.then(
        () => true,
        () => false,
      );
      expect(isOver).toBe(uses() < at);
      crashes += isOver ? 0 : 1;
      changesOf(await bench.run(documentOf(content)));
      expect(await readFile(bench.at('etc/app.conf'), 'utf8')).toBe(content);
      expect(await readFile(bench.at('opt/app/version'), 'utf8')).toBe(content);
      expect(await readFile(bench.at('ran'), 'utf8')).toContain(`${content}\n`);
      const calls = await bench.fakes.calls();
      for (const service of SERVICES) expect(calls).toContain(`systemctl restart ${service}`);
    }
    expect(crashes).toBeGreaterThan(20 / STEP);
    expect(changesOf(await bench.run(documentOf(content)))).toEqual([]);
  },
);
