// A process to be killed, or measured: `node command-child.ts MODE FOLDER`. Does the same over and over, in FOLDER.
import { readFile } from 'node:fs/promises';
import { flushCompileCache } from 'node:module';
import { createDeploymentStep } from '#agent/apply/steps/deployment-step.ts';
import { createScriptsStep } from '#agent/apply/steps/scripts-step.ts';
import { commandHostIn, scriptOf, workOf } from './command-host.ts';
import { deployProperties, deployHooks, fetchFrom } from './deploying.ts';
import { memoryFleet } from './memory-fleet.ts';

const [mode = '', folder = ''] = process.argv.slice(2);
const commands = commandHostIn(folder);

async function deployForever(): Promise<void> {
  const digests = JSON.parse(await readFile(`${folder}/digests.json`, 'utf8')) as Record<string, string>;
  const bringer = { fetchArtefact: fetchFrom(folder), runnerFor: commands.runnerFor };
  const step = createDeploymentStep(commands.host, commands.hooks, bringer);
  for (;;) {
    for (const [version, sha256] of Object.entries(digests)) {
      const properties = deployProperties(folder, version, sha256, { keep: '2' });
      const outcome = await step.run(workOf({ properties, hooks: deployHooks(folder) }));
      process.stdout.write(`${outcome.kind}\n`);
    }
  }
}

/** Twenty scripts, each noting that it began and that it ended. */
async function runScripts(): Promise<void> {
  const names = Array.from({ length: 20 }, (_, index) => String(index).padStart(2, '0'));
  const assets = Object.fromEntries(
    names.map((name) => {
      return [
        `base/${name}.sh`,
        `echo begin ${name} >>${folder}/log\nsleep 0.02\necho end ${name} >>${folder}/log\n`,
      ];
    }),
  );
  const step = createScriptsStep(commands.host, commands.launch, memoryFleet().parts(commands.host.clock));
  const outcome = await step.run(workOf({ scripts: names.map((name) => scriptOf(name)), assets }));
  process.stdout.write(`${outcome.kind}\n`);
}

/** Prints by how many KiB the largest resident size grew from 20 MB of output to 220. */
async function flood(): Promise<void> {
  const run = commands.runnerFor(() => {});
  const write = async (bytes: number): Promise<number> => {
    const line = `yes 0123456789abcdef | head -c ${bytes}; head -c ${bytes} /dev/zero`;
    const env = { PATH: '/usr/bin:/bin' };
    await run(
      { label: 'flood', argv: ['/bin/sh', '-c', line], cwd: '/', env, timeoutMs: 60_000 },
      AbortSignal.any([]),
    );
    return process.resourceUsage().maxRSS;
  };
  const before = await write(10_000_000);
  process.stdout.write(`${(await write(100_000_000)) - before}\n`);
}

// It is written at the exit otherwise, which a process that is killed does not come to.
flushCompileCache();
process.stdout.write('up\n');
if (mode === 'deploy') await deployForever();
else if (mode === 'scripts') await runScripts();
else await flood();
