import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { healthKey, printHealth } from '#config-service';
import { opsBench, type OpsBench, type Ran } from '../ops/ops-bench.ts';
import { isPrinted, shownIn } from '../support/shown-output.ts';

const TO = ['--to', 's3://payroll-{region}/landfall'];
const HERE = [...TO, '--region', 'eu-west-1'];
const BOTH = [...TO, '--regions', 'eu-west-1,us-east-1'];
const KEY = ['AKIA', 'Q7EXAMPL3F4Q2WRT'].join('');

const pool = (size: number) => ({
  'base/app.properties': 'app.name = payroll\n',
  'base/plan.yaml': 'require: [app.name]\n',
  'role/web/web.yaml': 'workers: 8\n',
  'role/worker/worker.yaml': 'workers: 2\n',
  'environment/dev/app.yaml': 'stage: dev\n',
  'environment/prod/app.yaml': `db:\n  pool: ${size}\n`,
});

/** The examples of the page, in its order, with the names of folders that it has for them. */
async function story(bench: OpsBench): Promise<readonly string[]> {
  const shown: string[] = [];
  const names = new Map<string, string>();
  const folder = async (name: string, files: Readonly<Record<string, string>>): Promise<string> => {
    const path = await bench.folder(files);
    names.set(path, name);
    return path;
  };
  const show = ({ out, err }: Ran): void => {
    let text = out + err;
    for (const [path, name] of names) text = text.replaceAll(path, name);
    shown.push(text);
  };
  const publish = async (files: Readonly<Record<string, string>>, ...more: string[]) =>
    bench.run('publish', await folder('payroll', files), ...BOTH, ...more);
  const later = (): Promise<void> => bench.clock.advance(60_000);

  const slip = `app.name = payroll\n${'# of all regions\n'.repeat(14)}aws.endpoint = sqs.us-east-1.amazonaws.com\n`;
  show(
    await bench.run(
      'lint',
      await folder('payroll', { ...pool(40), 'base/app.properties': slip }),
      '--regions',
      'us-east-1,eu-west-1',
    ),
  );
  const careless = {
    'base/app.properties': `a = 1\n\nkey = ${KEY}\n`,
    'base/app.properties~': 'a = 0\n',
    'base/conf.properties': '<<<<<<< HEAD\n',
    'region/eu-wset-1/app.properties': 'a = 2\n',
  };
  show(await bench.run('lint', await folder('A', careless), '--regions', 'eu-west-1'));

  await publish(pool(40), '--message', 'first');
  await later();
  show(await publish(pool(60), '--message', 'wider pools'));

  await later();
  await publish(pool(80), '--message', 'wider still', '--rollout', '10%:10m,50%:10m,100%');
  await bench.clock.advance(2_000);
  show(await bench.run('releases', ...HERE));
  show(await bench.run('halt', ...HERE, '--reason', 'errors at login'));

  await later();
  const watched = bench.run(
    'publish',
    await folder('payroll', pool(90)),
    ...HERE.slice(0, 2),
    '--regions',
    'eu-west-1',
    '--rollout',
    '99.9%:10h,100%',
    '--halt-on',
    '50%',
  );
  show(await reportedOn(bench, watched));
  show(await publish(pool(90), '--rollout', '10%:10m,100%'));

  show(await bench.run('diff', ...HERE));
  show(await bench.run('rollback', ...TO, '--region', 'us-east-1'));
  await later();
  await bench.run('rollback', ...HERE);
  show(await bench.run('releases', ...HERE, '--last', '2'));

  for (const size of [100, 120]) {
    await bench.clock.advance(40 * 86_400_000);
    await publish(pool(size));
  }
  show(await bench.run('prune', ...BOTH, '--keep', '1'));
  return shown;
}

/** An instance says that it could not take the release. */
async function reportedOn(bench: OpsBench, watched: Promise<Ran>): Promise<Ran> {
  const over = new AbortController();
  void watched.finally(() => over.abort());
  const release = () => bench.pointer('eu-west-1')?.candidate?.release.id ?? '';
  const halted = release();
  for (let isReported = false; !over.signal.aborted;) {
    await bench.clock.advance(isReported ? 5_000 : 100);
    if (isReported || release() === halted) continue;
    isReported = true;
    const code = 'LF_APPLY_CHECK';
    const at = new Date(bench.clock.now()).toISOString();
    const health = {
      release: release(),
      ok: false,
      code,
      at,
      instanceId: 'i-1',
      role: 'web',
      environment: null,
      zone: null,
      relocated: false,
    };
    bench.sandbox.putObject('payroll-eu-west-1', `landfall/${healthKey(health)}`, printHealth(health));
  }
  return watched;
}

/** Names of releases have the time in them, which is that of whoever runs this. */
function timeless(text: string): string {
  return text
    .replaceAll(/\d{8}T\d{6}Z-[0-9a-f]{8}/g, 'RELEASE')
    .replaceAll(/\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z/g, 'TIME');
}

it('docs/releases.md shows what is printed, in the order of the page', { timeout: 60_000 }, async () => {
  const bench = await opsBench(true);
  const printed = await story(bench);
  const shown = shownIn('docs/releases.md', readFileSync('docs/releases.md', 'utf8')).filter(
    ({ command }) => !/ examples\/payroll( |$)/.test(command),
  );
  expect(shown.map(({ command }) => command.split(' ')[1])).toEqual([
    'lint',
    'lint',
    'publish',
    'releases',
    'halt',
    'publish',
    'publish',
    'diff',
    'rollback',
    'releases',
    'prune',
  ]);
  for (const [at, { command, lines }] of shown.entries()) {
    const example = timeless(lines.join('\n')).split('\n');
    expect(isPrinted(example, timeless(printed[at] ?? '')), `${command}\n${printed[at]}`).toBe(true);
  }
});
