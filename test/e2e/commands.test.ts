import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse as parseYaml } from 'yaml';
import type { Citizen, Json } from './citizen.ts';
import { Payroll, REGION, TREE } from './payroll.ts';

let payroll: Payroll;
let citizen: Citizen;

beforeAll(async () => {
  payroll = await Payroll.open();
  citizen = await payroll.run();
  await citizen.follows();
});
afterAll(() => payroll[Symbol.asyncDispose]());

/** What a command that succeeds prints. */
async function printed(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await citizen.cli(...args);
  expect([code, stderr], args.join(' ')).toEqual([0, '']);
  return stdout;
}

const printedJson = async (...args: string[]): Promise<Json> =>
  JSON.parse(await printed(...args, '--json')) as Json;

describe('landfall get', () => {
  it('prints one value and nothing else', async () => {
    expect(await printed('get', 'db.port')).toBe('5432\n');
  });

  it('prints nothing to stdout for a missing key, and exits 9', async () => {
    const { code, stdout, stderr } = await citizen.cli('get', 'db.hots');
    expect([code, stdout]).toEqual([9, '']);
    expect(stderr).toMatch(/^landfall: read db\.hots: .*db\.host.*\[LF_NO_SUCH_KEY\]\n$/);
  });

  it('gives the place as JSON', async () => {
    expect(await printedJson('get', 'db.port')).toMatchObject({ key: 'db.port', value: '5432', line: 2 });
  });
});

describe('landfall config', () => {
  it('is a table of keys and values', async () => {
    const lines = (await printed('config')).trimEnd().split('\n');
    expect(lines).toHaveLength(9);
    expect(lines[1]).toMatch(/^db\.port {2,}5432$/);
  });

  it('is json', async () => {
    const document = JSON.parse(await printed('config', '--format', 'json')) as Json;
    expect(document).toMatchObject({ region: REGION, properties: { 'db.port': '5432' } });
    expect(await printedJson('config')).toEqual({ ...document, checkedAt: expect.any(String) as string });
  });

  it('is yaml', async () => {
    expect(parseYaml(await printed('config', '--format', 'yaml'))).toMatchObject({ 'db.port': '5432' });
  });

  it('is properties, with a prefix', async () => {
    const text = await printed('config', '--format', 'properties', '--prefix', 'db.po');
    expect(text).toBe('db.port=5432\n');
  });

  it('is variables for a shell', async () => {
    expect(await printed('config', '--format', 'env', '--prefix', 'db.po')).toBe('DB_PORT="5432"\n');
  });
});

describe('landfall explain', () => {
  it('tells the winner, what it shadows and what it reads', async () => {
    expect(await printed('explain', 'log.level')).toMatch(
      /^log\.level = WARN\n.*environment\/prod.*prod\.properties:1.*\n.*base.*app\.properties:4.*INFO\n/,
    );
    expect(await printed('explain', 'db.url')).toMatch(/db\.host.*payroll\.c9akciq32abc/);
    expect(await printedJson('explain', 'log.level')).toMatchObject({
      winner: { layer: 'environment/prod' },
    });
  });
});

describe('landfall status', () => {
  it('is a screen for people, and JSON', async () => {
    const screen = await printed('status');
    expect(screen).toMatch(/ready/);
    expect(screen).toContain(payroll.instance.instanceId);
    expect(screen).toContain(REGION);
    expect(await printedJson('status')).toMatchObject({ ready: true, source: { stale: false } });
  });
});

describe('landfall refresh', () => {
  it('exits when the outcome is known', async () => {
    expect(await printedJson('refresh')).toEqual({ changed: false, generation: 1 });
    payroll.put('environment/prod/prod.properties', 'log.level=ERROR\n');
    await printed('refresh');
    expect(await printed('get', 'log.level')).toBe('ERROR\n');
  });

  it('exits with the code of what went wrong', async () => {
    payroll.put('environment/prod/prod.properties', 'log.level=${nobody}\n');
    const { code, stderr } = await citizen.cli('refresh');
    expect([code, stderr]).toEqual([5, expect.stringMatching(/nobody.*\[LF_REFERENCE_UNKNOWN\]\n$/s)]);
    payroll.put('environment/prod/prod.properties', TREE['environment/prod/prod.properties'] ?? '');
    await printed('refresh');
  });
});

describe('landfall set and unset', () => {
  it('override a value for a while', async () => {
    await printed('set', 'log.level', 'DEBUG', '--for', '1h', '--reason', 'ticket 4711');
    expect(await printed('get', 'log.level')).toBe('DEBUG\n');
    expect(await printed('status')).toMatch(/log\.level.*ticket 4711/);
    await printed('unset', 'log.level');
    expect(await printed('get', 'log.level')).toBe('WARN\n');
  });

  it('take a value that looks like an option after --', async () => {
    await printed('set', '--for', '1h', '--reason', 'x', '--', 'workers', '-1');
    expect(await printed('get', 'workers')).toBe('-1\n');
    await printed('unset', 'workers');
  });

  it('say what is missing', async () => {
    expect((await citizen.cli('set', 'workers', '1')).code).toBe(2);
    expect((await citizen.cli('set', 'workers', '1', '--for', 'ever', '--reason', 'x')).code).toBe(2);
    expect((await citizen.cli('unset', 'workers')).code).toBe(9);
  });
});

describe('landfall bootstrap', () => {
  it('boots once and prints a summary', async () => {
    const { code, stdout } = await payroll.finish();
    expect(code).toBe(0);
    expect(stdout).toMatch(new RegExp(`^region +${REGION}\ninstance +${payroll.instance.instanceId}\n`));
    expect(stdout).toMatch(/generation +1, 9 keys/);
  });

  it('prints JSON alone on stdout', async () => {
    const { code, stdout } = await payroll.finish({ args: ['bootstrap', '--json'] });
    expect([code, JSON.parse(stdout)]).toMatchObject([
      0,
      { ready: true, generation: { number: 1, keys: 9 } },
    ]);
  });
});

describe('landfall doctor', () => {
  it('finds what could leak and what would stop the agent, beside the daemon', async () => {
    const { findings } = (await printedJson('doctor')) as { findings: Json[] };
    expect(findings.map(({ level }) => level)).not.toContain('failure');
    expect(findings).toContainEqual(
      expect.objectContaining({
        check: 'environment',
        says: expect.stringContaining('AWS_ENDPOINT_URL') as string,
      }),
    );
    expect(await printed('doctor')).toMatch(/^ok +source +s3:\/\/acme-config-eu-west-1\/payroll/m);
  });

  it('ends with the code of what would stop it', async () => {
    const { code, stdout } = await citizen.cli('doctor', '--source', 's3://nowhere-{region}/x');
    expect([code, stdout]).toEqual([4, expect.stringContaining('LF_BUCKET_MISSING')]);
  });
});

describe('landfall version and completion', () => {
  it('print the version', async () => {
    expect(await printed('version')).toMatch(/^landfall \d+\.\d+\.\d+\n$/);
    expect(await printedJson('version')).toEqual({
      version: expect.stringMatching(/^\d+\.\d+\.\d+/) as string,
    });
  });

  it.each(['bash', 'zsh', 'fish'])('print a script for %s that knows the commands', async (shell) => {
    expect(await printed('completion', shell)).toMatch(/explain.*refresh/);
  });
});
