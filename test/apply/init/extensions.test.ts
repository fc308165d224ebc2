import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import type { ApplyWork } from '#agent/apply/apply-work.ts';
import { readPlan } from '#agent/plan/read-plan.ts';
import { layerOf } from '../../support/layer-generator.ts';
import { changesOf, faultIn, initBench, type InitBench } from './init-bench.ts';
import { workOf } from './init-host.ts';

/** What an agent is given of these files of `base`. */
function workWith(bench: InitBench, files: Readonly<Record<string, string>>): ApplyWork {
  const own = Object.entries(files).map(([path, text]) => [path, text.replaceAll('ROOT', bench.root)]);
  const layers = [layerOf('base', Object.fromEntries(own) as Record<string, string>)];
  const { plan, problems } = readPlan(layers);
  expect(problems).toEqual([]);
  const asset: ApplyWork['asset'] = ({ path }) => layers[0]?.files.find((file) => file.path === path);
  return { ...workOf({}), plan, asset };
}

const PLAN = 'init: .ebextensions\n';
const run = async (bench: InitBench, files: Readonly<Record<string, string>>) => {
  const done = await bench.step.run(workWith(bench, files));
  if (done.kind !== 'ok') return done;
  return {
    ...done,
    value: done.value.map(({ action, subject }) => `${action} ${subject.replaceAll(bench.root, '')}`),
  };
};

it('a folder .ebextensions runs as it stands: file by file, then the container commands of all', async () => {
  const bench = await initBench();
  const files = {
    'plan.yaml': PLAN,
    '.ebextensions/02-app.config': [
      'option_settings:',
      '  - option_name: MODE',
      '    value: live',
      '  - { namespace: "aws:autoscaling:asg", option_name: MinSize, value: 2 }',
      'container_commands:',
      '  01_say: { command: "echo $MODE >> ROOT/log", leader_only: false }',
      'commands:',
      '  01_late: { command: "echo late >> ROOT/log" }',
    ].join('\n'),
    '.ebextensions/01-base.config': [
      'packages: { yum: { git: [], httpd: } }',
      'files:',
      '  "ROOT/conf": { mode: "000600", content: "a\\n" }',
      'commands:',
      '  01_early: { command: "echo early >> ROOT/log", ignoreErrors: true }',
    ].join('\n'),
    '.ebextensions/notes.txt': 'nothing of it',
  };
  expect(changesOf(await run(bench, files))).toEqual([
    'install yum git',
    'install yum httpd',
    'create /conf',
    'run command 01-base/01_early',
    'run command 02-app/01_late',
    'run command 02-app container_commands/01_say',
  ]);
  expect(await readFile(bench.at('log'), 'utf8')).toBe('early\nlate\nlive\n');
  expect(changesOf(await run(bench, files))).toEqual([]);
  // Another variable is another command.
  const changed = {
    ...files,
    '.ebextensions/02-app.config': files['.ebextensions/02-app.config'].replace('live', 'test'),
  };
  expect(changesOf(await run(bench, changed))).toContain('run command 02-app container_commands/01_say');
});

it.each([
  [
    'a leader',
    'container_commands: { a: { command: "true", leader_only: true } }',
    'LF_INIT_UNSUPPORTED',
    'when: fleet',
  ],
  [
    'resources',
    'Resources: { T: { Type: "AWS::SNS::Topic" } }',
    'LF_INIT_UNSUPPORTED',
    'belong into a template',
  ],
  [
    'a function',
    'commands: { a: { command: \'echo `{"Ref": "X"}`\' } }',
    'LF_INIT_UNSUPPORTED',
    'between backquotes',
  ],
  ['a section of nobody', 'servces: {}', 'LF_INIT_INVALID', 'a/servces: is unknown here'],
  ['no YAML', 'a: b: c', 'LF_INIT_INVALID', '.ebextensions/a.config:1'],
  [
    'an attribute of nobody',
    'files: { "/a": { owwner: x, content: y } }',
    'LF_INIT_INVALID',
    'a/files//a/owwner',
  ],
])('what it cannot do is told before anything runs: %s', async (_, text, code, message) => {
  const bench = await initBench();
  const files = {
    'plan.yaml': PLAN,
    '.ebextensions/0.config': 'packages: { dnf: { git: [] } }',
    '.ebextensions/a.config': text,
  };
  const fault = faultIn(await run(bench, files));
  expect(fault.code).toBe(code);
  expect(JSON.stringify(fault)).toContain(message);
  expect(await bench.fakes.calls()).toEqual([]);
});

it('packages of a plan are installed before its documents', async () => {
  const bench = await initBench();
  const files = {
    'plan.yaml': 'packages: { dnf: { nginx: [], redis: "7.0" } }\ninit: init.json\n',
    'init.json': JSON.stringify({ config: { packages: { apt: { curl: [] } } } }),
  };
  expect(changesOf(await run(bench, files))).toEqual([
    'install dnf nginx',
    'install dnf redis-7.0',
    'install apt curl',
  ]);
  expect(changesOf(await run(bench, files))).toEqual([]);
  const wrong = faultIn(await run(bench, { 'plan.yaml': 'packages: { pip: { boto3: [] } }\n' }));
  expect(wrong).toMatchObject({ code: 'LF_INIT_UNSUPPORTED', subject: 'init.packages' });
});

it('packages of all layers merge by name, and null takes one out', () => {
  const { plan, problems } = readPlan([
    layerOf('base', { 'plan.yaml': 'packages: { dnf: { nginx: [], git: ["2.40"] } }\n' }),
    layerOf('role/web', { 'plan.yaml': 'packages: { dnf: { nginx: null, php: [] } }\n' }),
  ]);
  expect(problems).toEqual([]);
  expect(plan.init).toMatchObject([{ name: 'packages', packages: { dnf: { git: ['2.40'], php: [] } } }]);
  const twice = readPlan([
    layerOf('base', {
      'plan.yaml': 'packages: { dnf: {} }\ninit: { packages: init.json }\n',
      'init.json': '{}',
    }),
  ]);
  expect(twice.problems).toMatchObject([
    { message: 'init.packages: packages is the target of packages, too' },
  ]);
  const list = readPlan([layerOf('base', { 'plan.yaml': 'packages: [nginx]\n' })]);
  expect(list.problems).toMatchObject([
    { message: expect.stringContaining('must be a map of package managers') as string },
  ]);
});

it('a folder that holds no .config is no document', () => {
  const { problems } = readPlan([layerOf('base', { 'plan.yaml': PLAN, '.ebextensions/a.txt': '' })]);
  expect(problems).toMatchObject([{ message: expect.stringContaining('.ebextensions') as string }]);
});
