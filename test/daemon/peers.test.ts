import { globSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { groupPrefix, memberKey } from '#agent/membership/member.ts';
import { daemonBench, type DaemonBench } from '../support/daemon-bench.ts';
import { finish } from '../support/patience.ts';
import { valueOf } from '../support/fetching.ts';
import { isPrinted, shownIn } from '../support/shown-output.ts';

const EXAMPLE = 'examples/peers';
const APP = { environment: 'prod', role: 'app' };

/** The example on a load balancer, with its file and its reload where a test can see them. */
async function balancer(): Promise<{ bench: DaemonBench; file: string; reloads: string; hooks: string }> {
  const bench = await daemonBench({ tags: { role: 'lb', environment: 'prod' } });
  const folder = join(bench.stateDir, '..');
  const [file, reloads, hooks] = ['app.conf', 'reloads', 'hooks'].map((name) => join(folder, name));
  if (!file || !reloads || !hooks) throw new Error('three paths');
  for (const path of globSync(`${EXAMPLE}/*/**/*.{properties,yaml,liquid}`)) {
    const text = readFileSync(path, 'utf8')
      .replace('/etc/nginx/conf.d/app.conf', file)
      .replace('systemctl reload nginx', `echo reload >> ${reloads}`);
    const hook = `hooks: { configure: ['grep -o ''"id":"[^"]*"'' "$LANDFALL_NEW" >> ${hooks}; echo . >> ${hooks}'] }\n`;
    bench.put(path.slice(EXAMPLE.length + 1), path.endsWith('lb/plan.yaml') ? text + hook : text);
  }
  return { bench, file, reloads, hooks };
}

function member(number: number, zone: string): string {
  const key = memberKey(APP, { id: `i-0${number}`, zone, address: `10.0.0.${number}`, tags: {} });
  return key ?? '';
}

function textOf(path: string): string {
  return readFileSync(path, 'utf8');
}

it('examples/peers: nginx has the servers of its own zone first, and who leaves is out of it at once', async () => {
  const { bench, file, reloads, hooks } = await balancer();
  bench.put(member(1, 'eu-west-1a'), '{}');
  bench.put(member(2, 'eu-west-1b'), '{}');
  bench.put(`${groupPrefix(APP)}i-03/us-east-1a/10.9.9.9`, '{}');
  const daemon = await bench.daemon();
  valueOf(await finish(bench.clock, daemon.booted));

  const [shown] = shownIn('docs/peers.md', readFileSync('docs/peers.md', 'utf8'));
  expect(shown?.command).toBe('cat /etc/nginx/conf.d/app.conf');
  const text = await readFile(file, 'utf8');
  expect(isPrinted(shown?.lines ?? [], text)).toBe(true);
  expect(await readFile(hooks, 'utf8')).toBe('"id":"i-01"\n"id":"i-02"\n.\n');

  /** Time passes until it is so; those who are online say so again meanwhile, for nobody is to grow old. */
  const online = [1, 4, 5];
  const passes = async (condition: () => boolean): Promise<void> => {
    while (!condition()) {
      for (const number of online) bench.put(member(number, 'eu-west-1a'), '{}');
      bench.put(member(2, 'eu-west-1b'), '{}');
      await bench.clock.advance(200);
      await new Promise(setImmediate);
    }
  };

  // Two more come: one change, one reload.
  await passes(() => textOf(file).includes('10.0.0.5'));
  expect(textOf(file)).toMatch(/0\.1:8080;\n.*0\.2:8080 backup;\n.*0\.4:8080;\n.*0\.5:8080;/);
  expect(textOf(reloads).split('\n').length).toBeLessThanOrEqual(3);

  // An empty object: it has left.
  online.shift();
  bench.put(member(1, 'eu-west-1a'), '');
  await passes(() => !textOf(file).includes('10.0.0.1:'));
  // Hooks run though no value has changed, and see who is there.
  await passes(() => textOf(hooks).endsWith('.\n"id":"i-02"\n"id":"i-04"\n"id":"i-05"\n.\n'));
  expect(bench.sandbox.requests.entries.some(({ path }) => path.includes('peers/prod/lb/i-'))).toBe(true);
  // A check of now ends behind what is under way.
  await finish(bench.clock, daemon.refresh());
});
