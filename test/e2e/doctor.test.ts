import { cpSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Citizen, Json } from './citizen.ts';
import { Payroll, REGION } from './payroll.ts';

const OTHER = 'us-east-1';

const findingsOf = (stdout: string) => (JSON.parse(stdout) as { findings: Json[] }).findings;

/** What it says about files below `folder`: this machine may have findings of its own. */
const below = (folder: string, stdout: string) =>
  findingsOf(stdout).filter(({ file }) => typeof file === 'string' && file.startsWith(folder));

function plant(base: string, path: string, text: string): string {
  const file = join(base, path);
  mkdirSync(join(file, '..'), { recursive: true });
  writeFileSync(file, text);
  return file;
}

async function running(payroll: Payroll): Promise<Citizen> {
  const citizen = await payroll.run();
  await citizen.settles();
  return citizen;
}

describe('landfall doctor', () => {
  it('fails with 6 for what leads to another region, and names file, line and way out', async () => {
    await using payroll = await Payroll.open();
    const citizen = await payroll.run();
    const file = plant(citizen.base, 'home/.aws/config', `[default]\nregion = ${OTHER}\n`);
    plant(citizen.base, 'home/.bashrc', `# ${OTHER} is not meant here\nexport EDITOR=vi\n`);
    const { code, stdout, stderr } = await citizen.cli('doctor', '--json');
    expect([code, stderr]).toEqual([6, '']);
    expect(below(citizen.base, stdout)).toMatchObject([
      { check: 'shared files', level: 'failure', code: 'LF_REGION_HOST', file, line: 2, region: OTHER },
    ]);
    const table = await citizen.cli('doctor');
    expect(table.code).toBe(6);
    expect(table.stdout).toContain(`${file}:2 names ${OTHER}; home is ${REGION} [LF_REGION_HOST]\n`);
    expect(table.stdout).toMatch(/\n\d+ failures?, \d+ warnings?, \d+ notes?\n$/);
  });

  it('sees the state of another region on a copied disk, and leaves it to the fence', async () => {
    await using payroll = await Payroll.open();
    const citizen = await running(payroll);
    await citizen.agent.stop();
    const there = await payroll.launchAgain({ region: OTHER });
    const { stdout } = await payroll.finish({
      base: citizen.base,
      imdsUrl: there.imdsUrl,
      args: ['doctor', '--json'],
    });
    const sealed = join(citizen.base, 'state/last-good.sealed');
    expect(below(sealed, stdout)).toMatchObject([{ check: 'stamps', level: 'warning', region: REGION }]);
    expect(readFileSync(sealed, 'latin1')).toContain(REGION);
  });
});

describe('landfall doctor --before-image', () => {
  it('refuses beside a running daemon, and empties the state of one that has stopped', async () => {
    await using payroll = await Payroll.open();
    const citizen = await running(payroll);
    const refused = await citizen.cli('doctor', '--before-image', '--json');
    expect([refused.code, JSON.parse(refused.stderr)]).toMatchObject([
      2,
      { error: { code: 'LF_STATE_LOCKED' } },
    ]);
    expect((await citizen.cli('get', 'db.port')).stdout).toBe('5432\n');

    await citizen.agent.stop();
    const { stdout, stderr } = await citizen.cli('doctor', '--before-image', '--json');
    expect(stderr).toBe('');
    const { emptied } = JSON.parse(stdout) as { emptied: Json[] };
    expect(emptied).toContainEqual({
      path: expect.stringMatching(/state\/last-good\.sealed$/) as string,
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
    });
    expect(below(citizen.base, stdout)).toEqual([]);
    for (const folder of ['state', 'run']) {
      for (const entry of readdirSync(join(citizen.base, folder), { recursive: true, withFileTypes: true })) {
        if (!entry.isFile()) continue;
        expect(readFileSync(join(entry.parentPath, entry.name), 'latin1')).not.toContain(REGION);
      }
    }
    // Emptied is not broken: it starts as on the first day.
    const again = payroll.restart(citizen);
    await again.ready();
  });

  it('fails with 6 for what is left of the home region, too', async () => {
    await using payroll = await Payroll.open();
    const citizen = await running(payroll);
    await citizen.agent.stop();
    const file = plant(
      citizen.base,
      'home/.ssh/known_hosts',
      `git-codecommit.${REGION}.amazonaws.com ssh-rsa A\n`,
    );
    const { code, stdout } = await citizen.cli('doctor', '--before-image', '--json');
    expect(code).toBe(6);
    expect(below(citizen.base, stdout)).toMatchObject([
      { check: 'ssh', level: 'failure', file, region: REGION },
    ]);
    expect(readFileSync(file, 'utf8')).toContain(REGION);
  });
});

it('landfall doctor --root looks at a mounted image without asking anybody', async () => {
  await using payroll = await Payroll.open();
  const citizen = await running(payroll);
  await citizen.agent.stop();
  const image = mkdtempSync(join(tmpdir(), 'landfall-image-'));
  onTestFinished(() => rmSync(image, { recursive: true }));
  plant(image, 'etc/environment', 'PATH=/bin\n');
  const asked = payroll.sandbox.requests.entries.length;
  expect(await citizen.cli('doctor', '--root', image)).toMatchObject({ code: 0, stderr: '' });
  cpSync(join(citizen.base, 'state'), join(image, 'var/lib/landfall'), { recursive: true });
  const { code, stdout } = await citizen.cli('doctor', '--root', image, '--json');
  expect([code, below(image, stdout)]).toMatchObject([
    6,
    [{ check: 'stamps', level: 'failure', region: REGION }],
  ]);
  expect(await citizen.cli('doctor', '--root', image, '--region', REGION)).toMatchObject({ code: 0 });
  expect(payroll.sandbox.requests.entries.length).toBe(asked);
});
