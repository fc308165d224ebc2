import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { tarOf } from '../../support/archives.ts';
import { intoOneFile } from '../../support/one-file.ts';
import { installPrograms } from './fake-host.ts';
import { changesOf, initBench, type InitBench } from './init-bench.ts';

const KILLS = 32;

/** Large, so that many a kill falls into its writing: 2 MiB and more. */
const configOf = (generation: number): string => `${generation}\n`.repeat(2 ** 20);

/** The text is the generation: what was restarted last has to have seen the last one. */
const documentOf = (generation: number) => ({
  config: {
    sources: { 'ROOT/opt/app': 's3://app/app.tar' },
    files: {
      'ROOT/etc/app.conf': { source: 's3://app/app.conf', mode: '000640' },
      'ROOT/etc/current': { content: `/opt/${generation}`, mode: '120777' },
    },
    commands: { a: { command: `echo ${generation} >>ROOT/ran` } },
    services: {
      systemd: {
        app: { enabled: true, ensureRunning: true, files: ['ROOT/etc/app.conf'], sources: ['ROOT/opt/app'] },
      },
    },
  },
});

test(
  `${KILLS} times killed anywhere, a run leaves old or new files and loses no restart`,
  { timeout: 180_000 },
  async () => {
    const bench = await initBench();
    const publish = async (generation: number): Promise<void> => {
      await bench.put('app/app.tar', tarOf({ version: String(generation) }));
      await bench.put('app/app.conf', configOf(generation));
    };
    const program = bench.at('crash-child.mjs');
    await intoOneFile(new URL('crash-child.ts', import.meta.url), program);
    await publish(0);
    // The service reads its files when it starts.
    const systemctl = await readFile(bench.at('bin/systemctl'), 'utf8');
    const reading = `for verb in "$@"; do case $verb in start|restart) cat ${bench.root}/etc/app.conf ${bench.root}/opt/app/version >${bench.root}/read;; esac; done`;
    await installPrograms(bench.at('bin'), { systemctl: `${systemctl}\n${reading}` });
    const begun = performance.now();
    changesOf(await bench.run(documentOf(0)));
    const wholeMs = performance.now() - begun;
    let [generation, kills, longestMs] = [0, 0, wholeMs];
    while (kills < KILLS) {
      generation += 1;
      await publish(generation);
      // The golden ratio spreads the instants evenly, however many there are.
      const afterMs = longestMs * ((generation * 0.618) % 1);
      if (await killedRun(bench, program, generation, afterMs)) kills += 1;
      else longestMs = afterMs;
      const left = await readFile(bench.at('etc/app.conf'), 'utf8');
      expect([configOf(generation), configOf(generation - 1)].includes(left)).toBe(true);
      changesOf(await bench.run(documentOf(generation)));
      const read = await readFile(bench.at('read'), 'utf8');
      expect(read === `${configOf(generation)}${generation}`).toBe(true);
    }
    expect(changesOf(await bench.run(documentOf(generation)))).toEqual([]);
    expect((await readdir(bench.at('etc'))).toSorted()).toEqual(['app.conf', 'current']);
    expect(await readdir(bench.at('opt/app'))).toEqual(['version']);
    // A command that was cut short runs again; one that ended does not.
    const ran = (await readFile(bench.at('ran'), 'utf8')).split('\n');
    for (let past = 0; past <= generation; past += 1) expect(ran).toContain(String(past));
  },
);

/** True when the kill came before the end. */
async function killedRun(
  bench: InitBench,
  program: string,
  generation: number,
  afterMs: number,
): Promise<boolean> {
  const document = JSON.stringify(documentOf(generation)).replaceAll('ROOT', bench.root);
  const child = spawn(process.execPath, [program, bench.root, bench.fakes.path, document], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const exited = once(child, 'exit');
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  expect((await lines.next()).value).toBe('started');
  await delay(afterMs);
  child.kill('SIGKILL');
  const [, signal] = (await exited) as [number | null, string | null];
  return signal === 'SIGKILL';
}
