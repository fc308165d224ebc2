import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { findEndpoints } from '#config-service';
import { printAssets } from '#scripts/ops/userdata/print-assets.ts';
import { opsBench, type OpsBench } from '../ops/ops-bench.ts';

const DIGEST = 'a'.repeat(64);
const SOURCE = ['--source', 's3://payroll-{region}/landfall'];
const AGENT = ['--agent', `s3://acme-agents-{region}/tools@sha256:${DIGEST}`];

let bench: OpsBench;
let folder: string;
beforeEach(async () => {
  bench = await opsBench();
  folder = mkdtempSync(join(tmpdir(), 'landfall-userdata-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const userdata = (...args: string[]) => bench.run('userdata', ...args);

test('the module that the executable carries is what lies in userdata/', () => {
  expect(readFileSync('scripts/ops/userdata/assets.ts', 'utf8')).toBe(printAssets());
});

test('what is too large is printed packed, for cloud-init to unpack; too large packed it is refused, too', async () => {
  const more = ['--env', `NOTE=${'x'.repeat(8000)}`];
  expect(await userdata(...SOURCE, ...AGENT, ...more)).toMatchObject({ code: 2, out: '' });
  const { code, out } = await userdata(...SOURCE, ...AGENT, ...more, '--gzip');
  expect(code).toBe(0);
  expect(out.length).toBeLessThan(16_384);
  expect(gunzipSync(Buffer.from(out, 'latin1')).toString()).toContain(`NOTE=`);
  const noise = Array.from({ length: 3 }, (_, at) => [
    '--env',
    `N${at}=${randomBytes(4000).toString('hex')}`,
  ]);
  expect(await userdata(...SOURCE, ...AGENT, ...noise.flat(), '--gzip')).toMatchObject({ code: 2, out: '' });
});

describe('what it prints', () => {
  test.each(['shell', 'cloud-config', 'mime'])(
    '%s is under the limit and names no region',
    async (format) => {
      const { code, out } = await userdata(
        ...SOURCE,
        ...AGENT,
        '--agent-arm64',
        AGENT[1] ?? '',
        '--format',
        format,
      );
      expect(code).toBe(0);
      expect(Buffer.byteLength(out)).toBeLessThan(13_300);
      expect(findEndpoints(out).filter(({ severity }) => severity !== 'info')).toEqual([]);
      expect(out).toContain(
        `object_x64='acme-agents-{region}/tools/landfall-x64-${DIGEST}' digest_x64=${DIGEST}`,
      );
      expect(out).toContain(`object_arm64='acme-agents-{region}/tools/landfall-arm64-${DIGEST}'`);
      expect(out).toContain("LANDFALL_SOURCE='s3://payroll-{region}/landfall'");
    },
  );

  test('cloud-config writes the very script and runs it, MIME wraps it', async () => {
    const shell = (await userdata(...SOURCE, ...AGENT)).out;
    const config = (await userdata(...SOURCE, ...AGENT, '--format', 'cloud-config')).out;
    expect(config.startsWith('#cloud-config\n')).toBe(true);
    expect(parse(config)).toEqual({
      write_files: [{ path: '/run/landfall-boot.sh', permissions: '0700', content: shell }],
      runcmd: [['sh', '/run/landfall-boot.sh']],
    });
    expect((await userdata(...SOURCE, ...AGENT, '--format', 'mime')).out).toContain(
      `\n\n${shell}\n--==landfall==--\n`,
    );
  });

  test('for a baked image it is a few lines', async () => {
    const { code, out } = await userdata(...SOURCE, '--baked', '--env', 'LANDFALL_INTERVAL=1m');
    expect(code).toBe(0);
    expect(out.split('\n').length).toBeLessThan(25);
    expect(out).toContain("LANDFALL_INTERVAL='1m'");
    expect(out).not.toContain('curl');
  });

  const shellcheck = spawnSync('shellcheck', ['--version']).status === 0;
  if (!shellcheck) console.warn('\n*** shellcheck is missing: apt-get install shellcheck ***\n');
  test.runIf(shellcheck)('shellcheck has nothing to say', async () => {
    for (const more of [AGENT, ['--baked']]) {
      const script = join(folder, 'script.sh');
      writeFileSync(script, (await userdata(...SOURCE, ...more)).out);
      expect(
        spawnSync(
          'shellcheck',
          [
            '-s',
            'sh',
            '-o',
            'all',
            '-e',
            'SC2250,SC2310,SC2312,SC2249',
            script,
            ...['boot', 'baked'].map((name) => `userdata/${name}.sh`),
          ],
          { encoding: 'utf8' },
        ).stdout,
      ).toBe('');
    }
  });
});

describe('what it refuses', () => {
  test.each([
    [['--source', 's3://payroll-eu-west-1/landfall', ...AGENT]],
    [[...SOURCE, '--agent', `s3://agents-us-east-1/tools@sha256:${DIGEST}`]],
    [[...SOURCE, ...AGENT, '--env', 'AWS_ENDPOINT_URL=https://vpce-1.s3.eu-west-1.vpce.amazonaws.com']],
    [[...SOURCE, ...AGENT, '--env', 'AWS_REGION=ap-southeast-2']],
    [[...SOURCE, '--baked', '--env', 'ZONE=us-east-1a']],
  ])('a region anywhere: %j', async (args) => {
    const { code, out, err } = await userdata(...args);
    expect({ code, out }).toEqual({ code: 6, out: '' });
    expect(err).toMatch(/user data:\d+: .* names [a-z]+-[a-z]+-\d .*\[LF_REGION_FOREIGN\]/);
  });

  test('16,384 bytes and more', async () => {
    const { code, out, err } = await userdata(...SOURCE, ...AGENT, '--env', `NOTE=${'a b '.repeat(2000)}`);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toMatch(/it has \d+ bytes, and EC2 takes 16384\. .*--baked\. \[LF_USERDATA_TOO_LARGE\]/);
  });

  test.each([
    'AWS_SECRET_ACCESS_KEY=x',
    'DB_PASSWORD=x',
    'GITHUB_TOKEN=x',
    'API_KEY=x',
    'ID=AKIAIOSFODNN7EXAMPLE',
    'KEY=wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
    'PEM=-----BEGIN PRIVATE KEY-----',
    'URL=https://user:pass@host/',
    'JWT=eyJhbGciOiJIUzI1NiJ9.e30.x',
  ])('a secret: %s', async (pair) => {
    const { code, err } = await userdata(...SOURCE, ...AGENT, '--env', pair);
    expect(code).toBe(2);
    expect(err).toContain('[LF_USERDATA_SECRET]');
    expect(err).not.toContain(pair.slice(pair.indexOf('=') + 1).padEnd(2, '!'));
  });

  test.each([
    [[...SOURCE]],
    [[...SOURCE, ...AGENT, '--baked']],
    [[...SOURCE, ...AGENT, ...AGENT]],
    [[...SOURCE, '--agent', 's3://acme/tools']],
    [[...SOURCE, '--agent', `s3://acme/tools@sha256:${'A'.repeat(64)}`]],
    [[...SOURCE, '--agent', `s3://acme/{role}@sha256:${DIGEST}`]],
    [[...SOURCE, '--agent', `s3://acme/a b@sha256:${DIGEST}`]],
    [[...SOURCE, '--agent', `s3://acme/a$(reboot)@sha256:${DIGEST}`]],
    [[...SOURCE, '--agent', `s3://acme/../x@sha256:${DIGEST}`]],
    [[...SOURCE, '--agent', `s3://acme/landfall-x64-${'b'.repeat(64)}.zst@sha256:${DIGEST}`]],
    [[...SOURCE, ...AGENT, '--agent-owner', '123']],
    [['--source', 'payroll', ...AGENT]],
    [['--source', "s3://payroll/it's", ...AGENT]],
    [[...SOURCE, ...AGENT, '--env', 'PATH=/evil']],
    [[...SOURCE, ...AGENT, '--env', 'NODE_OPTIONS=--inspect']],
    [[...SOURCE, ...AGENT, '--env', '1X=y']],
    [[...SOURCE, ...AGENT, '--env', 'A=b', '--env', 'A=c']],
    [[...SOURCE, ...AGENT, '--env', 'LANDFALL_SOURCE=s3://other']],
    [[...SOURCE, ...AGENT, '--env', "A=it's"]],
    [[...SOURCE, ...AGENT, '--env', 'A=two\nlines']],
    [[...SOURCE, ...AGENT, '--format', 'bash']],
  ])('what is wrong on the command line: %j', async (args) => {
    const { code, out, err } = await userdata(...args);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toMatch(/\[LF_(USAGE|SETTINGS)\]/);
  });
});
