import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { seedRegions } from '../../scripts/sandbox/programs/seed.ts';
import { startSandbox, type Sandbox } from '../../scripts/sandbox/sandbox.ts';
import { isPrinted, shownIn, type Shown } from '../support/shown-output.ts';
import { Citizen } from './citizen.ts';

const SOURCE = 's3://acme-config-{region}/payroll';
const REGIONS = ['us-east-1', 'eu-west-1'];
const ENDPOINTS = 'payroll/region/eu-west-1/endpoints.properties';

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'landfall-shown-'));
  onTestFinished(() => rmSync(made, { recursive: true, force: true }));
  return made;
}

async function payroll(plan: string): Promise<Sandbox> {
  const sandbox = await startSandbox();
  onTestFinished(() => sandbox.close());
  for (const region of REGIONS) sandbox.addBucket({ name: `acme-config-${region}`, region });
  const seed = { directory: 'examples/payroll', bucket: 'acme-config-{region}', prefix: 'payroll' };
  await seedRegions(sandbox, { ...seed, regions: REGIONS });
  for (const region of REGIONS)
    sandbox.putObject(`acme-config-${region}`, 'payroll/environment/prod/plan.yaml', plan);
  return sandbox;
}

async function settled(sandbox: Sandbox, region: string, base?: string): Promise<Citizen> {
  const tags = { role: 'web', environment: 'prod' };
  const { imdsUrl } = await sandbox.addInstance({ region, tags, imageId: 'ami-payroll' });
  const env = { LANDFALL_INTERVAL: '5s' };
  const home = { imdsUrl, awsUrl: sandbox.url, source: SOURCE, env };
  const citizen = await new Citizen(base === undefined ? home : { ...home, base }).ready();
  onTestFinished(() => citizen[Symbol.asyncDispose]());
  return citizen;
}

/** What is of the moment: ports, spans of time, digests, how much there was to remove, series of this machine and their price. */
function timeless(text: string): string {
  return text
    .replaceAll(/127\.0\.0\.1:\d+/g, '127.0.0.1:PORT')
    .replaceAll(/\b\d+(?:ms|s|m)\b/g, 'SPAN')
    .replaceAll(/\b[0-9a-f]{12}\b/g, 'DIGEST')
    .replaceAll(/\b\d+ files? of/g, 'FILES of')
    .replaceAll(/\b\d+, about \$[\d.]+/g, 'SERIES');
}

async function expectShown(shown: Shown, citizen: Citizen, names: ReadonlyMap<string, string> = new Map()) {
  const [, ...args] = shown.command.split(' ');
  const { stdout, stderr } = await citizen.cli(...args);
  let printed = stdout + stderr;
  for (const [is, called] of names) printed = printed.replaceAll(is, called);
  const lines = timeless(shown.lines.join('\n')).split('\n');
  expect(isPrinted(lines, timeless(printed)), `${shown.command}\n${printed}`).toBe(true);
}

function numberless(lines: readonly string[]): readonly string[] {
  return lines.map((line) => line.replaceAll(/\b\d+\b/g, 'N')).toSorted();
}

/** Phases go on beside each other: which of two began first differs, and all the numbers. */
async function expectBootShown(citizen: Citizen): Promise<void> {
  const page = shownIn('docs/operating.md', readFileSync('docs/operating.md', 'utf8'));
  expect(page.map(({ command }) => command)).toEqual(['landfall status --boot']);
  const { stdout } = await citizen.cli('status', '--boot');
  const printed = numberless(stdout.trimEnd().split('\n'));
  expect(isPrinted(numberless(page[0]?.lines ?? []), printed.join('\n')), stdout).toBe(true);
}

it('README.md, docs/operating.md and docs/metrics.md show what the executables print, on a disk that was copied', async () => {
  const logs = folder();
  const log = join(logs, 'payslips.log');
  const plan = `logs:\n  payslips: { path: "${logs}/*.log", group: "/prod/payslips" }\nmetrics: { namespace: "Landfall/{environment}", collect: [cpu, memory] }\n`;
  const sandbox = await payroll(plan);
  const before = await settled(sandbox, 'us-east-1');
  await before.agent.stop();
  const citizen = await settled(sandbox, 'eu-west-1', before.base);
  appendFileSync(log, 'payslip\n'.repeat(300));
  // Before the agent has seen it the status says that there is none, and rotated before that it is another one.
  await citizen.until('/v1/status', ({ text }) => /"read":\{"events":300/.test(text));
  // The demo is shown by its own test.
  const readme = shownIn('README.md', readFileSync('README.md', 'utf8')).filter(({ command }) =>
    command.startsWith('landfall '),
  );
  expect(readme.map(({ command }) => command)).toEqual([
    'landfall status',
    'landfall explain db.url',
    'landfall refresh',
    'landfall get db.host',
    'landfall logs status',
  ]);
  const [status, explain, refresh, get, shipped] = readme;
  if (!status || !explain || !refresh || !get || !shipped) throw new Error('an example is gone');
  await expectShown(status, citizen);
  await expectBootShown(citizen);
  await expectShown(explain, citizen);
  const own = readFileSync('examples/payroll/region/eu-west-1/endpoints.properties', 'utf8');
  const foreign = own.replace('payroll.d0blckr43xyz.eu-west-1.', 'payroll.c9akciq32abc.us-east-1.');
  sandbox.putObject('acme-config-eu-west-1', ENDPOINTS, foreign);
  await expectShown(refresh, citizen);
  await expectShown(get, citizen);
  renameSync(log, join(logs, 'payslips.log.1'));
  appendFileSync(log, 'payslip\n'.repeat(300));
  await citizen.until('/v1/status', ({ text }) => /"acknowledged":\{"events":600/.test(text));
  await expectShown(shipped, citizen);
  const [metrics] = shownIn('docs/metrics.md', readFileSync('docs/metrics.md', 'utf8'));
  if (!metrics) throw new Error('the example is gone');
  await citizen.until('/v1/status', ({ text }) => /"series":\d*[1-9]/.test(text));
  await expectShown(metrics, citizen);
});

it('docs/doctor.md shows what the executable prints', async () => {
  const sandbox = await payroll('{}\n');
  const citizen = await settled(sandbox, 'eu-west-1');
  mkdirSync(join(citizen.base, 'home/.aws'), { recursive: true });
  writeFileSync(join(citizen.base, 'home/.aws/config'), '[default]\nregion = us-east-1\n');
  const [doctor] = shownIn('docs/doctor.md', readFileSync('docs/doctor.md', 'utf8'));
  if (!doctor) throw new Error('the example is gone');
  await expectShown(
    doctor,
    citizen,
    new Map([
      [join(citizen.base, 'home'), '/home/ubuntu'],
      [sandbox.url, 'https://s3.corp.example'],
    ]),
  );
});
