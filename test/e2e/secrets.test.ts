import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { disguises } from '../support/disguises.ts';
import type { Citizen } from './citizen.ts';
import { Payroll } from './payroll.ts';

const HERE = 'eu-west-1';
const CANARY = 'hunter2Zebra99';
const KEYS =
  'pw=${@secret:payroll/db#password}\nold=${@ssm:/payroll/token:1}\nd=${@ssm:/payroll/none::dflt}\n';

let payroll: Payroll;
let citizen: Citizen;

beforeAll(async () => {
  payroll = await Payroll.open({ files: { 'base/app.properties': KEYS } });
  const { parameters, secrets } = payroll.sandbox;
  secrets.put(HERE, 'payroll/db', JSON.stringify({ password: CANARY }));
  for (const version of ['first', 'second']) parameters.put(HERE, '/payroll/token', version);
  citizen = await payroll.run();
});
afterAll(() => payroll[Symbol.asyncDispose]());

/** Everything that anybody on the host may see. */
async function told(): Promise<string> {
  const paths = ['status', 'generations', 'config', 'layers', 'explain/pw'].map((path) => `/v1/${path}`);
  const answers = await Promise.all([...paths, '/readyz', '/metrics'].map((path) => citizen.askTcp(path)));
  return [citizen.agent.stderr, ...answers.map(({ text }) => text)].join('\n');
}

describe('secrets of an instance', () => {
  it.each([
    ['an included file', '{% include pw %}'],
    ['an index', '{{ props[pw] }}'],
    ['an argument', '{{ "2020-01-01" | date: "%Y", pw }}'],
  ])('are in no message of a template: %s', async (_, text) => {
    payroll.put('base/plan.yaml', `templates: { t: { source: templates/t, target: ${citizen.base}/t } }\n`);
    payroll.put('base/templates/t', `${text}\n`);
    await citizen.cli('refresh');
    await citizen.fails('LF_TEMPLATE');
    const said = `${await told()}\n${(await citizen.cli('status')).stdout}`;
    expect(disguises(CANARY).filter((shape) => said.includes(shape.toString('latin1')))).toEqual([]);
    expect(existsSync(join(citizen.base, 't'))).toBe(false);
  });

  it("make the file they are rendered into their owner's alone", async () => {
    payroll.put('base/templates/t', '{{ pw }}\n');
    await citizen.cli('refresh');
    await citizen.follows();
    expect(statSync(join(citizen.base, 't')).mode & 0o777).toBe(0o600);
  });

  it('have the version that was chosen, and explain says which one was read', async () => {
    expect((await citizen.cli('get', 'old')).stdout).toBe('first\n');
    expect((await citizen.cli('explain', 'old')).stdout).toContain('secret, version 1@');
    expect((await citizen.cli('explain', 'd')).stdout).toContain(
      'nothing: there is none, its default was taken',
    );
  });

  it('are read by `landfall refresh` and SIGHUP, and one that cannot be read is seen', async () => {
    payroll.sandbox.secrets.put(HERE, 'payroll/db', '{"password":"two"}');
    expect((await citizen.cli('refresh')).stdout).toContain('now at generation');
    expect((await citizen.cli('get', 'pw')).stdout).toBe('two\n');
    payroll.sandbox.secrets.put(HERE, 'payroll/db', '{"password":"three"}');
    citizen.agent.signal('SIGHUP');
    await citizen.serves('pw', 'three');
    payroll.sandbox.secrets.denied.add('payroll/db');
    expect((await citizen.cli('refresh')).stdout).toContain('1 of 3 secrets could not be read');
    expect((await citizen.cli('status')).stdout).toMatch(
      /secretsmanager payroll\/db stale.*LF_SECRET_DENIED/,
    );
    expect((await citizen.cli('doctor')).stdout).toMatch(
      /warning +secrets +secretsmanager payroll\/db is stale/,
    );
    expect((await citizen.cli('get', 'pw')).stdout).toBe('three\n');
  });
});
