import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OpsContext } from '#scripts/ops/console/context.ts';
import { runOps } from '#scripts/ops/program.ts';
import { systemClock } from '#kit/clock.ts';
import { isPrinted, shownIn } from '../support/shown-output.ts';

const FIXTURES = path.join(import.meta.dirname, 'fixtures');
let root: string;
let folders = 0;

beforeAll(async () => {
  root = await mkdtemp(path.join(os.tmpdir(), 'landfall-convert-'));
});
afterAll(async () => await rm(root, { recursive: true, force: true }));

async function run(...args: readonly string[]): Promise<{ code: number; out: string; err: string }> {
  let out = '';
  let err = '';
  const context: OpsContext = {
    out: (text) => void (out += text),
    outBytes: () => {},
    err: (text) => void (err += text),
    colour: false,
    errIsTerminal: false,
    columns: 0,
    env: {},
    clock: systemClock,
    random: () => 0.5,
    stop: new AbortController().signal,
    loadCredentials: () => Promise.reject(new Error('a conversion asks nobody')),
  };
  const code = await runOps(args, context);
  return { code, out, err };
}

/** Each folder: what is brought along, and the layer and the remarks that come of it. */
describe('files of other tools', () => {
  it.each([
    ['cloudwatch-agent', ['amazon-cloudwatch-agent.json']],
    ['awslogs', ['awslogs.conf']],
    ['mon-scripts', ['crontab']],
    ['ebextensions', ['.ebextensions']],
    ['custom-json', ['stack.json']],
    ['confd', ['conf.d', 'values.json']],
    ['consul-template', ['haproxy.hcl', 'haproxy.ctmpl', 'keys.json']],
    ['cloud-config', ['user-data']],
    ['cloudformation', ['template.yaml']],
  ])('of %s become a layer that lint accepts, and every line that does not is named', async (kind, files) => {
    const folder = path.join(FIXTURES, kind, 'brought');
    const config = path.join(root, String((folders += 1)));
    const layer = path.join(config, 'base');
    const ran = await run('convert', ...files.map((file) => path.join(folder, file)), '--out', layer);
    expect(ran.code).toBe(0);
    const remarks = ran.err.replaceAll(`${folder}/`, '').replaceAll(/ {2,}/g, '  ');
    await expect(remarks).toMatchFileSnapshot(path.join(FIXTURES, kind, 'remarks.txt'));

    const written = (await readdir(layer, { recursive: true, withFileTypes: true }))
      .filter((entry) => entry.isFile())
      .map((entry) => path.relative(layer, path.join(entry.parentPath, entry.name)))
      .toSorted();
    expect(ran.out.trim().split('\n').toSorted()).toEqual(written.map((file) => path.join(layer, file)));
    const texts = await Promise.all(
      written.map(async (file) => `### ${file}\n${await readFile(path.join(layer, file), 'utf8')}`),
    );
    await expect(texts.join('\n')).toMatchFileSnapshot(path.join(FIXTURES, kind, 'layer.txt'));

    const lint = await run('lint', config);
    expect({ code: lint.code, err: lint.err }).toEqual({ code: 0, err: '' });
  });
});

it('the page prints what the command prints', async () => {
  const [shown] = shownIn('docs/convert.md', await readFile('docs/convert.md', 'utf8'));
  const folder = path.join(FIXTURES, 'cloudwatch-agent', 'brought');
  const out = path.join(root, String((folders += 1)));
  const ran = await run('convert', path.join(folder, 'amazon-cloudwatch-agent.json'), '--out', out);
  expect(shown?.lines.length).toBeGreaterThan(3);
  expect(isPrinted(shown?.lines ?? [], ran.err.replaceAll(`${folder}/`, ''))).toBe(true);
});

describe('what cannot be converted', () => {
  it.each([
    [
      'text that is nothing',
      'notes.txt',
      'remember the milk\n',
      'neither its name nor its content says what it is',
    ],
    ['JSON that does not end', 'amazon.json', '{ "logs_collected": {', 'amazon.json:1'],
    [
      'a template without an init',
      't.yaml',
      'AWSTemplateFormatVersion: x\nResources: {}\n',
      'no resource of it has',
    ],
    ['TOML of another kind', 'a.toml', '[template]\nsrc = { x = 1 }\n', 'a.toml:2'],
    ['HCL that does not end', 'a.hcl', 'template {\n  source = "x"\n', 'a.hcl:3'],
    ['a text that aliases swell', 'a.config', swollen(), 'it nests or repeats itself too much'],
    ['what nests without end', 'a.config', `a: ${'['.repeat(5000)}`, 'a.config'],
  ])('is told: %s', async (_, name, text, cause) => {
    const [file = ''] = await brought({ [name]: text });
    const ran = await run('convert', file);
    expect({ code: ran.code, out: ran.out }).toEqual({ code: 5, out: '' });
    expect(ran.err).toContain(cause);
    expect(ran.err).toContain('[LF_CONVERT]');
  });

  it.each([
    ['a device without end', '/dev/zero', 'it has more than 4 MiB'],
    ['what is not there', '/nowhere/x.toml', 'it is not there'],
    ['what is no text', process.execPath, 'it has more than 4 MiB'],
  ])('is not read: %s', async (_, file, cause) => {
    const ran = await run('convert', file);
    expect(ran.code).toBe(2);
    expect(ran.err).toContain(`${file}: ${cause}`);
  });

  it('names the resources of a template that has several, and takes the one that is named', async () => {
    const init = 'Metadata: { "AWS::CloudFormation::Init": { config: { packages: { yum: { git: [] } } } } }';
    const [file = ''] = await brought({
      't.yaml': `Resources:\n  Web: { ${init} }\n  Worker: { ${init} }\n`,
    });
    const ran = await run('convert', file);
    expect(ran.code).toBe(5);
    expect(ran.err).toContain('say --resource Web or Worker');
    expect((await run('convert', file, '--resource', 'Worker')).out).toBe(
      'init:\n  Worker:\n    document: Worker.json\n',
    );
    expect((await run('convert', file, '--resource', 'Db')).err).toContain('there are Web, Worker');
  });

  it('takes what is given for a parameter, never its default', async () => {
    const init = '{ config: { commands: { a: { command: !Sub "echo ${Port} ${!HOME}" } } } }';
    const [file = ''] = await brought({
      't.yaml': `Parameters: { Port: { Default: "80" } }\nResources: { Web: { Metadata: { "AWS::CloudFormation::Init": ${init} } } }\n`,
    });
    const { files, remarks } = JSON.parse(
      (await run('convert', file, '--parameter', 'Port=8080', '--json')).out,
    ) as {
      files: Record<string, string>;
      remarks: unknown[];
    };
    expect(files['Web.json']).toContain('echo 8080 ${HOME}');
    expect(remarks).toEqual([]);
  });

  it('overwrites nothing, and then writes nothing', async () => {
    const [file = ''] = await brought({ 'stack.json': '{ "a": { "b": 1 } }' });
    const folder = path.join(root, String((folders += 1)));
    await mkdir(folder);
    await writeFile(path.join(folder, 'stack.json'), 'mine');
    const ran = await run('convert', file, '--out', folder);
    expect(ran.code).toBe(2);
    expect(ran.err).toContain('stack.json: it is there already');
    expect(await readFile(path.join(folder, 'stack.json'), 'utf8')).toBe('mine');
    expect(await readdir(folder)).toEqual(['stack.json']);
  });

  it('says without --out what belongs beside the plan', async () => {
    const [file = ''] = await brought({ 'user-data': '#cloud-config\nruncmd: [ "id" ]\n' });
    const ran = await run('convert', file);
    expect(ran.out).toBe('scripts:\n  10-runcmd:\n    run: scripts/runcmd.sh\n');
    expect(ran.err).toContain('belong beside plan.yaml: scripts/runcmd.sh; --out DIR writes all of it');
  });

  // https://github.com/aws/amazon-cloudwatch-agent/issues/321 and 183
  it('carries over no pattern that fits every line, and no setting of another agent', async () => {
    const file = {
      file_path: '/var/log/a.log',
      log_group_name: 'a',
      timestamp_format: '%Y',
      datetime_format: '%Y',
    };
    const list = [{ ...file, multi_line_start_pattern: '{timestamp_format} |' }];
    const agent = { logs: { logs_collected: { files: { collect_list: list } } } };
    const [named = ''] = await brought({ 'c.json': JSON.stringify(agent) });
    const ran = await run('convert', named);
    expect(ran.out).toContain('timestamp:');
    expect(ran.out).not.toContain('multiline');
    expect(ran.err).toContain('fits every line');
    expect(ran.err).toContain('datetime_format: there is nothing like it');
  });

  it('repeats no key of a line of cron', async () => {
    const [file = ''] = await brought({
      crontab:
        '* * * * * mon-put-instance-data.pl --mem-util --aws-secret-key wJalrXUtnFEMI --aws-access-key-id=AKIAX\n',
    });
    const ran = await run('convert', file);
    expect(ran.err).toContain('--aws-secret-key');
    expect(ran.out + ran.err).not.toMatch(/wJalrXUtnFEMI|AKIAX/);
  });

  it('drives no terminal by what a file says', async () => {
    const [file = ''] = await brought({ 'a.config': 'files: { "/etc/\\u001b[2Jx": { content: "1" } }\n' });
    const ran = await run('convert', file);
    expect(ran.err).not.toContain('\u001b');
    expect(ran.err).toContain('it holds a control character');
  });
});

it.each([
  ['docs/moving/awslogs.md', 'awslogs'],
  ['docs/moving/chef-attributes.md', 'custom-json'],
  ['docs/moving/cfn-init.md', 'cloudformation'],
  ['docs/moving/cloudwatch-agent.md', 'cloudwatch-agent'],
  ['docs/moving/confd.md', 'confd'],
  ['docs/moving/consul-template.md', 'consul-template'],
])('%s prints what its command prints', async (page, kind) => {
  const [shown] = shownIn(page, await readFile(page, 'utf8'));
  const [, , ...words] = shown?.command.split(' ') ?? [];
  const folder = path.join(FIXTURES, kind, 'brought');
  const out = path.join(root, String((folders += 1)));
  const files = words.slice(0, words.indexOf('--out')).map((file) => path.join(folder, file));
  const ran = await run('convert', ...files, '--out', out);
  expect(ran.code).toBe(0);
  expect(shown?.lines.length).toBeGreaterThan(1);
  const printed = ran.err.replaceAll(`${folder}/`, '');
  expect(isPrinted(shown?.lines ?? [], printed), printed).toBe(true);
});

async function brought(files: Readonly<Record<string, string>>): Promise<readonly string[]> {
  const folder = path.join(root, String((folders += 1)));
  await mkdir(folder);
  for (const [name, text] of Object.entries(files)) await writeFile(path.join(folder, name), text);
  return Object.keys(files).map((name) => path.join(folder, name));
}

function swollen(): string {
  const levels = Array.from({ length: 30 }, (_, at) => `a${at + 1}: &a${at + 1} [*a${at}, *a${at}]`);
  return `a0: &a0 [x]\n${levels.join('\n')}\n`;
}
