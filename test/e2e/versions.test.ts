import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { allowed } from '../support/allowed.ts';
import { takeTurn } from '../support/turn.ts';
import { LANDFALL, newBase, type Citizen } from './citizen.ts';
import { Payroll, REGION } from './payroll.ts';

/** An agent of another commit: `node scripts/build/past-version.ts COMMIT` builds it. Undefined in CI: what it left is here. */
const PAST = process.env['LANDFALL_PAST'];
/** State that the agent of commit a88d03e has left, and the register as it was there. */
const LEFT = join(import.meta.dirname, 'past-state');

/** Named in the state that was left, sealed: the same for all who ever read it, who take turns. */
const SEALED_HOST = '/tmp/landfall-versions';

function filesOf(host: string): Readonly<Record<string, string>> {
  return {
    'base/app.properties': 'workers=2\npw=${@secret:payroll/db#password}\n',
    'base/plan.yaml': `scripts:\n  10-once: { run: scripts/once.sh }\ntemplates:\n  t: { source: templates/t, target: ${host}/t }\n`,
    'base/scripts/once.sh': `echo ran >>${host}/ran\n`,
    'base/templates/t': '{{ workers }}\n',
  };
}

function ownHost(): string {
  const host = mkdtempSync(join(tmpdir(), 'landfall-versions-'));
  onTestFinished(() => rmSync(host, { recursive: true, force: true }));
  return host;
}

async function sealedHost(): Promise<string> {
  const over = await takeTurn('versions');
  rmSync(SEALED_HOST, { recursive: true, force: true });
  mkdirSync(SEALED_HOST);
  onTestFinished(async () => {
    rmSync(SEALED_HOST, { recursive: true, force: true });
    await over();
  });
  return SEALED_HOST;
}

/** The instance that has sealed all of it. */
async function opened(host: string): Promise<Payroll> {
  const launchedAt = Date.UTC(2026, 10, 1);
  const instance = { instanceId: 'i-0aaaaaaaaaaaaaaaa', imageId: 'ami-0aaaaaaaaaaaaaaaa', launchedAt };
  const payroll = await Payroll.open({ files: filesOf(host), instance });
  onTestFinished(() => payroll[Symbol.asyncDispose]());
  payroll.sandbox.secrets.put(REGION, 'payroll/db', '{"password":"sealed"}');
  return payroll;
}

/** What fails says what the agent said. */
async function withLog(citizen: Citizen, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    throw new Error(`${String(error)}\nagent said:\n${citizen.agent.stderr}`, { cause: error });
  }
}

/** An agent that was ready and is gone; nobody answers whoever comes after it. */
async function left(payroll: Payroll, program: string): Promise<Citizen> {
  const citizen = await payroll.run({ program });
  await citizen.settles();
  expect((await citizen.cli('set', 'workers', '9', '--for', '1h', '--reason', 'x')).code).toBe(0);
  await citizen.settles();
  expect(await citizen.agent.stop()).toBe(0);
  silence(payroll);
  return citizen;
}

function silence(payroll: Payroll): void {
  payroll.sandbox.faults.add({ service: 's3', effect: 'reset' });
  payroll.sandbox.secrets.denied.add('payroll/db');
}

async function expectKept(citizen: Citizen, workers: string): Promise<void> {
  expect((await citizen.cli('get', 'workers')).stdout).toBe(`${workers}\n`);
  expect((await citizen.cli('get', 'pw')).stdout).toBe('sealed\n');
  expect(await citizen.json('/v1/status')).toMatchObject({ source: { servedFrom: 'last-good' } });
}

it(
  'the state of an earlier version is opened: what it served, what it sealed, which scripts have run',
  { timeout: allowed(120_000) },
  async () => {
    const host = await sealedHost();
    const payroll = await opened(host);
    silence(payroll);
    const base = newBase();
    cpSync(LEFT, join(base, 'state'), { recursive: true });
    // It had an hour to live.
    rmSync(join(base, 'state', 'overrides.sealed'));
    const citizen = await payroll.run({ base });
    await withLog(citizen, async () => {
      await expectKept(citizen, '2');
      payroll.sandbox.faults.clear();
      await citizen.follows();
      await citizen.settles();
      expect(readFileSync(join(host, 't'), 'utf8')).toBe('2\n');
      expect(existsSync(join(host, 'ran'))).toBe(false);
    });
  },
);

/** What a reader goes by before it opens a file: the line that names the form, and the fields of the one after it. */
function formOf(file: string): readonly unknown[] {
  const [magic, head = ''] = readFileSync(file, 'latin1').split('\n');
  if (!head.startsWith('{')) return [];
  const { purpose, stamp } = JSON.parse(head) as { readonly purpose?: string; readonly stamp: object };
  return [magic, purpose, stamp];
}

it('an earlier version finds what it knows: the same files in the same forms', async () => {
  const payroll = await opened(ownHost());
  const { base } = await left(payroll, LANDFALL);
  const known = readdirSync(LEFT).toSorted();
  expect(readdirSync(join(base, 'state'))).toEqual(expect.arrayContaining(known));
  for (const name of known) expect(formOf(join(base, 'state', name)), name).toEqual(formOf(join(LEFT, name)));
});

if (PAST !== undefined) {
  it.each([
    ['upgrade', PAST, LANDFALL],
    ['downgrade', LANDFALL, PAST],
  ])('%s: the other one starts on its state with everybody silent', async (_, before, after) => {
    const host = process.env['LANDFALL_KEEP'] === undefined ? ownHost() : await sealedHost();
    const payroll = await opened(host);
    const first = await left(payroll, before);
    if (before === PAST && process.env['LANDFALL_KEEP'] !== undefined)
      cpSync(join(first.base, 'state'), process.env['LANDFALL_KEEP'], { recursive: true });
    const next = await payroll.run({ base: first.base, program: after });
    await withLog(next, async () => {
      await expectKept(next, '9');
      payroll.sandbox.faults.clear();
      await next.follows();
      await next.settles();
      expect(readFileSync(join(host, 'ran'), 'utf8')).toBe('ran\n');
    });
  });
}
