import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { healthKey, printHealth, type Health } from '#config-service';
import { landPath, placeOf } from '#scripts/ops/fleet/world-map.ts';
import { knownRegions } from '../../config-service/region/tables/partitions.ts';
import { isPrinted, shownIn } from '../support/shown-output.ts';
import { BOTH, opsBench, PAYROLL, TO, type OpsBench } from './ops-bench.ts';

let bench: OpsBench;
let first: string;
beforeEach(async () => {
  bench = await opsBench();
  await bench.run('publish', await bench.folder(PAYROLL), ...BOTH);
  first = bench.pointer('eu-west-1')?.stable.id ?? '';
  await bench.clock.advance(60_000);
});

/** The last word of an instance on a release, `minutes` from now. */
function say(
  region: string,
  instanceId: string,
  release: string,
  more: Partial<Health> = {},
  minutes = 0,
): void {
  const health: Health = {
    release,
    ok: true,
    code: null,
    at: new Date(bench.clock.now() + minutes * 60_000).toISOString(),
    instanceId,
    role: 'web',
    environment: 'prod',
    zone: `${region}a`,
    relocated: false,
    ...more,
  };
  bench.sandbox.putObject(`payroll-${region}`, `landfall/${healthKey(health)}`, printHealth(health));
}

const fleet = async (...args: string[]) => (await bench.run('fleet', ...BOTH, ...args)).out;

interface Seen {
  readonly regions: readonly {
    readonly region: string;
    readonly rollout: unknown;
    readonly instances: readonly {
      readonly instanceId: string;
      readonly state: string;
      readonly release: string;
    }[];
  }[];
}
const states = async (): Promise<string> =>
  (JSON.parse(await fleet('--json')) as Seen).regions
    .flatMap(({ instances }) => instances)
    .map(({ instanceId, state, release }) => `${instanceId} ${state} ${release}`)
    .join('\n');

describe('landfall-ops fleet', () => {
  it('counts by region, role and zone, and names who does not run what it should', async () => {
    say('eu-west-1', 'i-1', first);
    say('eu-west-1', 'i-2', first, { zone: 'eu-west-1b', relocated: true });
    say('us-east-1', 'i-3', first, { ok: false, code: 'LF_PARSE', role: 'db' }, 1);
    await bench.clock.advance(120_000);
    expect(await fleet()).toBe(
      `
REGION     RUNS  REFUSES  BEHIND  RELOCATED  RELEASE
eu-west-1  2     0        0       1          ${first}
us-east-1  0     1        0       0          ${first}

ROLE, ENVIRONMENT  RUNS  REFUSES  BEHIND  RELOCATED
db, prod           0     1        0       0
web, prod          2     0        0       1

ZONE        RUNS  REFUSES  BEHIND  RELOCATED
eu-west-1a  1     0        0       0
eu-west-1b  1     0        0       1
us-east-1a  0     1        0       0

refuses  i-3  us-east-1a  db, prod  ${first}: LF_PARSE, 1m ago
`.trimStart(),
    );
  });

  it('tells who is behind: its last word is of another release', async () => {
    for (const id of ['i-1', 'i-2', 'i-3']) say('eu-west-1', id, first);
    await bench.run(
      'publish',
      await bench.folder({ ...PAYROLL, 'role/web/web.yaml': 'workers: 16\n' }),
      ...BOTH,
    );
    const second = bench.pointer('eu-west-1')?.stable.id ?? '';
    say('eu-west-1', 'i-1', second, {}, 1);
    say('eu-west-1', 'i-2', second, { ok: false, code: 'LF_APPLY_TARGET' }, 1);
    await bench.clock.advance(300_000);
    expect(await states()).toBe(`i-1 runs ${second}\ni-2 refuses ${first}\ni-3 behind ${first}`);
    expect(await fleet()).toMatch(new RegExp(`behind +i-3 .* ${first}; ${second} was due 5m ago`));

    // The one that took it up goes back by itself, as after a halt that it has not heard the end of.
    say('eu-west-1', 'i-1', first, {}, 2);
    expect(await states()).toContain(`i-1 behind ${first}`);
  });

  it('expects of each instance what its place in a rollout says', async () => {
    const ids = Array.from({ length: 20 }, (_, index) => `i-${index + 10}`);
    for (const id of ids) say('eu-west-1', id, first);
    await bench.run(
      'publish',
      await bench.folder({ ...PAYROLL, 'role/web/web.yaml': 'workers: 16\n' }),
      ...BOTH,
      '--rollout',
      '50%:10m,100%',
    );
    await bench.clock.advance(60_000);
    const seen = await states();
    const behind = seen.match(/behind/g)?.length ?? 0;
    expect(behind).toBeGreaterThan(3);
    expect(behind).toBeLessThan(17);
    expect(seen.match(/runs/g)?.length).toBe(20 - behind);
    expect(await fleet()).toMatch(/eu-west-1 .* at 50%/);
  });

  it('shows the regions that can be read, and ends with the code of the one that cannot', async () => {
    say('eu-west-1', 'i-1', first);
    const ran = await bench.run('fleet', ...TO, '--regions', 'eu-west-1,eu-central-1');
    expect(ran.code).toBe(4);
    expect(ran.out).toContain('eu-west-1  1 ');
    expect(ran.err).toContain('eu-central-1');
  });

  it('prints what docs/fleet.md shows', async () => {
    for (const region of ['eu-west-1', 'us-east-1'] as const)
      say(
        region,
        region === 'eu-west-1' ? 'i-0b2' : 'i-0c3',
        first,
        region === 'eu-west-1' ? { zone: 'eu-west-1b', relocated: true } : { role: 'db' },
      );
    await bench.run(
      'publish',
      await bench.folder({ ...PAYROLL, 'role/web/web.yaml': 'workers: 16\n' }),
      ...BOTH,
    );
    const second = bench.pointer('eu-west-1')?.stable.id ?? '';
    say('eu-west-1', 'i-0a1', second);
    say('us-east-1', 'i-0c3', second, { ok: false, code: 'LF_PARSE', role: 'db' }, 1);
    await bench.clock.advance(180_000);
    const [shown] = shownIn('docs/fleet.md', await readFile('docs/fleet.md', 'utf8'));
    expect(shown?.command).toBe(`landfall-ops fleet ${TO[0]} '${TO[1]}' ${BOTH.slice(2).join(' ')}`);
    expect(isPrinted(shown?.lines ?? [], await fleet())).toBe(true);
  });

  it('says where a page cannot be written', async () => {
    say('eu-west-1', 'i-1', first);
    const ran = await bench.run('fleet', ...BOTH, '--html', '/nowhere/fleet.html');
    expect([ran.code, ran.err]).toEqual([
      2,
      expect.stringMatching(/--html \/nowhere\/fleet\.html.*ENOENT.*\[LF_USAGE\]/),
    ]);
  });

  it('says where nobody reports', async () => {
    expect(await fleet()).toContain('no reports: see docs/fleet.md');
  });
});

async function page(): Promise<string> {
  const file = join(await bench.folder({}), '..', 'fleet.html');
  await fleet('--html', file);
  return readFile(file, 'utf8');
}

describe('the page of a fleet', () => {
  it('has no script, asks for nothing, and shows texts of reports as texts', async () => {
    say('eu-west-1', 'i-<script>alert(1)</script>', first, {
      role: '"><img src=x onerror=alert(1)>',
      ok: false,
      code: "'<b>",
    });
    const html = await page();
    expect(html).toContain("content=\"default-src 'none'; style-src 'unsafe-inline'\"");
    expect(html).not.toMatch(/<script|<img|<b>'|<[^>]*\son[a-z]+=|https?:|url\(|@import/i);
    expect(html).toContain('i-&lt;script&gt;alert(1)&lt;/script&gt;');
  });

  it('is small for hundreds of instances, and draws regions and the course of a rollout', async () => {
    await bench.run(
      'publish',
      await bench.folder({ ...PAYROLL, 'role/web/web.yaml': 'workers: 16\n' }),
      ...BOTH,
      '--rollout',
      '50%:10m,100%',
    );
    const second = bench.pointer('eu-west-1')?.candidate?.release.id ?? '';
    for (let index = 0; index < 400; index += 1)
      say('eu-west-1', `i-${index}`, index % 2 === 0 ? second : first, {}, index / 80);
    await bench.clock.advance(360_000);
    const html = await page();
    expect(html.length).toBeLessThan(100_000);
    expect(html).toContain('200 of 400 took it up');
    expect(html).toMatch(/<circle cx="[\d.]+" cy="[\d.]+" r="22.0"/);
    expect(html).toContain('eu-west-1 400');
  });
});

describe('the map', () => {
  it('has a place for each region but those of which nobody says where they are', () => {
    const missing = knownRegions().filter(
      ({ region }) => !region.includes('-iso') && placeOf(region) === undefined,
    );
    expect(missing.map(({ region }) => region)).toEqual([]);
  });

  it('is a few kilobytes', () => {
    expect(landPath().length).toBeLessThan(12_000);
  });
});
