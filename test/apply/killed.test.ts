import { once } from 'node:events';
import { readdir, writeFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { createDeploymentStep } from '#agent/apply/steps/deployment-step.ts';
import { createScriptsStep } from '#agent/apply/steps/scripts-step.ts';
import { sweepCommandFolders } from '#agent/apply/commands/command-folder.ts';
import { commandChild, openCommandHost, workOf } from '../support/command-host.ts';
import { deployedIn, deployHooks, deployProperties, fetchFrom, packVersion } from '../support/deploying.ts';
import { memoryFleet } from '../support/memory-fleet.ts';

/** Lets a child work for `ms` and kills it. What it started may still run: it is no worse than what systemd leaves. */
async function workAndDie(mode: 'deploy' | 'scripts', folder: string, ms: number): Promise<void> {
  const child = commandChild(mode, folder);
  const closed = once(child, 'exit');
  await once(child.stdout, 'data');
  await delay(ms);
  child.kill('SIGKILL');
  await closed;
}

/** Spread over the range without chance: the golden ratio visits every part of it, and the same ones each time. */
function instants(count: number, rangeMs: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => ((index + 1) * 0.618_033_988_75 * rangeMs) % rangeMs);
}

it('after kill -9 at 25 instants of a deployment a whole version is current, and the next run ends what was begun', async () => {
  await using commands = await openCommandHost();
  const { folder, host, hooks, runnerFor } = commands;
  const digests: Record<string, string> = {};
  for (const version of ['1', '2', '3']) digests[version] = await packVersion(folder, version);
  await writeFile(`${folder}/digests.json`, JSON.stringify(digests));
  let wasDeployed = false;
  for (const ms of instants(25, 400)) {
    await workAndDie('deploy', folder, ms);
    const current = await deployedIn(folder);
    if (wasDeployed) expect(current).toBeDefined();
    wasDeployed ||= current !== undefined;
  }
  expect(wasDeployed).toBe(true);
  await sweepCommandFolders(folder);
  const step = createDeploymentStep(host, hooks, { fetchArtefact: fetchFrom(folder), runnerFor });
  for (const version of ['1', '2', '3']) {
    const properties = deployProperties(folder, version, digests[version] ?? '', { keep: '1' });
    const work = workOf({ properties, hooks: deployHooks(folder) });
    expect(await step.run(work)).toMatchObject({ kind: 'ok' });
    expect(await step.run(work)).toEqual({ kind: 'ok', value: [] });
    expect(await deployedIn(folder)).toBe(version);
  }
  expect(await readdir(`${folder}/srv`)).toEqual(['current', 'versions']);
  expect((await readdir(folder)).filter((name) => name.startsWith('command-'))).toEqual([]);
}, 120_000);

it('after kill -9 between and inside of scripts none that ended runs again, and the one that was cut does', async () => {
  await using commands = await openCommandHost();
  for (const ms of instants(15, 250)) await workAndDie('scripts', commands.folder, ms);
  const last = commandChild('scripts', commands.folder);
  last.stdout.resume();
  await once(last, 'exit');
  const noted = (await commands.text('log')).split('\n');
  const names = Array.from({ length: 20 }, (_, index) => String(index).padStart(2, '0'));
  const firsts = noted.filter((line, index) => line.startsWith('begin') && noted.indexOf(line) === index);
  expect(firsts).toEqual(names.map((name) => `begin ${name}`));
  for (const name of names) expect(noted).toContain(`end ${name}`);
  // No script may begin once a later one has: its mark was on the disk by then.
  const begun = noted.filter((line) => line.startsWith('begin'));
  expect(begun).toEqual(begun.toSorted());
  const step = createScriptsStep(commands.host, commands.launch, memoryFleet().parts(commands.host.clock));
  expect(await step.preview(workOf({}))).toEqual({ kind: 'ok', value: [] });
}, 60_000);
