import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { beforeEach, expect, it, onTestFinished } from 'vitest';
import { oracle } from '../support/oracle.ts';
import { newBase, type Home } from './citizen.ts';
import { until } from './departing-site.ts';
import { Payroll, REGION } from './payroll.ts';

/** An emulated processor, and the C library of Debian for it: what is slow here is the emulation. */
const arm = oracle('arm64');
const folderOf = (): string => ('missing' in arm ? '' : arm.folder);
beforeEach(({ skip }) => {
  if ('missing' in arm) skip(arm.missing);
  if (process.arch !== 'x64') skip(`emulated on x64 only, and this is ${process.arch}`);
});

const PROGRAM = resolve('dist/landfall-arm64');
const EMULATED = (): Partial<Home> => ({
  wrapper: [join(folderOf(), 'usr/bin/qemu-aarch64-static'), '-L', join(folderOf(), 'root')],
  program: PROGRAM,
});

const PLAN = (folder: string): string => `
templates: { app: { source: app.conf, target: ${folder}/app.conf, reload: 'echo reloaded >> ${folder}/traces' } }
hooks: { configure: ['echo configured >> ${folder}/traces'] }
logs: { app: { path: "${folder}/*.log", group: "/app" } }
`;

it(
  'the arm64 executable boots with a plan, follows a change and ships logs',
  { timeout: 180_000 },
  async () => {
    if (!existsSync(PROGRAM)) throw new Error(`${PROGRAM} is missing: run \`npm run build\` first`);
    const folder = mkdtempSync(join(tmpdir(), 'landfall-arm64-'));
    const base = newBase();
    onTestFinished(() => {
      for (const gone of [folder, base]) rmSync(gone, { recursive: true, force: true });
    });
    const files = {
      'base/app.properties': 'limit=10\nwhere=${@region}/${@role}\n',
      'base/app.conf': 'limit={{ limit }} in {{ where }}\n',
      'base/plan.yaml': PLAN(folder),
    };
    await using payroll = await Payroll.open({ files });
    const said = (name: string): string =>
      existsSync(join(folder, name)) ? readFileSync(join(folder, name), 'utf8') : '';

    const version = await payroll.finish({ ...EMULATED(), args: ['version'] });
    expect([version.code, version.stdout, version.stderr]).toEqual([
      0,
      expect.stringMatching(/^landfall \d/),
      '',
    ]);

    const first = await payroll.finish({ ...EMULATED(), base });
    expect(first).toMatchObject({ code: 0 });
    expect(said('app.conf')).toBe(`limit=10 in ${REGION}/web\n`);
    expect(said('traces')).toBe('reloaded\nconfigured\n');

    // The daemon finds all of that done.
    const citizen = payroll.start({ ...EMULATED(), base });
    await citizen.ready(40_000);
    expect(said('traces')).toBe('reloaded\nconfigured\n');
    payroll.put('base/app.properties', files['base/app.properties'].replace('10', '11'));
    await until(
      () => said('traces') === 'reloaded\nconfigured\n'.repeat(2),
      () => citizen.agent.stderr,
    );
    expect(said('app.conf')).toBe(`limit=11 in ${REGION}/web\n`);

    writeFileSync(join(folder, 'app.log'), 'one\ntwo\n');
    const shipped = () => payroll.sandbox.logs.events(REGION, '/app', payroll.instance.instanceId);
    await until(
      () => shipped().length === 2,
      () => citizen.agent.stderr,
    );
    expect(shipped().map(({ message }) => message)).toEqual(['one', 'two']);
    expect(await citizen.agent.stop()).toBe(0);
  },
);
