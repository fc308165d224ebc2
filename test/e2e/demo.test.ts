import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { isPrinted, shownIn } from '../support/shown-output.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'landfall-demo-test-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** `npm run demo`, with a place of its own for what is temporary. */
function demo(place: string): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const env = { PATH: process.env['PATH'], TMPDIR: place, NO_COLOR: '1' };
  const child = spawn(process.execPath, ['scripts/sandbox/programs/demo.ts'], { env });
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, stdout, stderr })));
}

it('the demo ends well, shows logs and metrics arriving in both regions, and leaves nothing behind', async () => {
  const { code, stdout, stderr } = await demo(folder);
  expect([code, stderr]).toEqual([0, '']);
  for (const region of ['us-east-1', 'eu-west-1']) {
    expect(stdout).toMatch(
      new RegExp(`${region}  /prod/web/payslips  i-\\w{17}\\n +20\\S+Z +payslip 1 of ${region}`),
    );
    expect(stdout).toContain(`payslip 600 of ${region} is paid`);
  }
  expect(stdout.match(/600 written +600 arrived, in order, none twice/g)).toHaveLength(2);
  expect(stdout.match(/payslips.paid +600 Count/g)).toHaveLength(2);
  expect(stdout.match(/MemoryUtilization +\d+\.\d Percent/g)).toHaveLength(2);
  expect(stdout).toContain('600 read = 600 acknowledged + 0 filtered + 0 rejected + 0 quarantined + 0 lost');
  const shown = shownIn('README.md', readFileSync('README.md', 'utf8')).filter(
    ({ command }) => command === 'npm run demo',
  );
  expect(shown).toHaveLength(1);
  expect(isPrinted(shown[0]?.lines ?? [], stdout.trim()), stdout).toBe(true);
  expect(readdirSync(folder)).toEqual([]);
});

it('a demo that fails says so with its exit code', async () => {
  const { code, stdout, stderr } = await demo(join(folder, 'not-there'));
  expect([code, stderr]).toEqual([1, expect.stringContaining('ENOENT')]);
  expect(stdout).not.toContain('arrived');
});
