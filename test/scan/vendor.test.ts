import { createHash } from 'node:crypto';
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isClean, printJson, scanDigest, type ScanReport } from '#agent/scan/report/report.ts';
import { knownRegions } from '#config-service';
import { commandLine } from '../support/command-line.ts';
import { folderOf, scanFiles, scanIn } from '../support/scanning.ts';
import { TEAM_FILES, vendorImage } from '../support/vendor-image.ts';

function filesIn(report: ScanReport): readonly string[] {
  return [...new Set(report.findings.map(({ path }) => path.slice(2)))].toSorted();
}

function believedIn({ believed }: ScanReport): readonly string[] {
  return believed
    .map(({ because, package: name, files, findings }) => `${because} ${name} ${findings} in ${files}`)
    .toSorted();
}

describe('an image that is mostly other people’s files', () => {
  it('has nine files that the team wrote, and all of them are found, and no other', async () => {
    const report = await scanIn(vendorImage());
    expect(filesIn(report)).toEqual(Object.keys(TEAM_FILES).toSorted());
    expect(isClean(report)).toBe(false);
  });

  it('has the rest in one line each', async () => {
    const report = await scanIn(vendorImage());
    expect(believedIn(report)).toEqual([
      expect.stringMatching(/^catalogue null 1\d\d in 1$/),
      'dpkg tool null in 1',
      'pip sdk 3 in 3',
      'tests null 1 in 1',
    ]);
    expect(report.changed.map(({ path, name, version }) => [path, name, version])).toEqual([
      ['./etc/vendor.conf', 'tool', '2.1'],
      ['./usr/lib/python3.12/site-packages/sdk/data/endpoints.json', 'sdk', '1.43.0'],
      ['./usr/lib/python3.12/site-packages/sdk/session.py', 'sdk', '1.43.0'],
    ]);
  });

  it('is not searched where a record vouches for it, unless --vendor asks what is in it', async () => {
    const root = vendorImage();
    const manual = join(root, 'usr/share/man/man1/tool.1.gz');
    // An archive that is cut short would be told as not read.
    const cut = readFileSync(manual).subarray(0, 20);
    writeFileSync(manual, cut);
    expect((await scanIn(root)).unreadable).toHaveLength(1);
    const md5 = createHash('md5').update(cut).digest('hex');
    writeFileSync(join(root, 'var/lib/dpkg/info/tool.md5sums'), `${md5}  usr/share/man/man1/tool.1.gz\n`);
    expect((await scanIn(root)).unreadable).toEqual([]);
    expect((await scanIn(root, { vendor: true })).unreadable).toHaveLength(1);
  });

  it('has one digest, whether what is believed is counted or not', async () => {
    const root = vendorImage();
    for (const path of Object.keys(TEAM_FILES)) writeFileSync(join(root, path), '');
    const plain = await scanIn(root, { home: 'eu-west-1' });
    const whole = await scanIn(root, { home: 'eu-west-1', vendor: true });
    expect(scanDigest(plain)).toMatch(/^sha256:/);
    expect(scanDigest(whole)).toBe(scanDigest(plain));
    expect(believedIn(whole)).toEqual([
      expect.stringMatching(/^catalogue null 1\d\d in 1$/),
      'dpkg tool 1 in 1',
      'pip sdk 3 in 3',
      'tests null 1 in 1',
    ]);
  });

  it('lists them as info with --vendor, with their reason, and ends as it did', async () => {
    const root = vendorImage();
    const plain = await scanIn(root);
    const whole = await scanIn(root, { vendor: true });
    const added = whole.findings.filter(({ believed }) => believed !== undefined);
    expect(whole.findings.length - added.length).toBe(plain.findings.length);
    expect(whole.foreign).toBe(plain.foreign);
    expect(new Set(added.map(({ severity }) => severity))).toEqual(new Set(['info']));
    expect(new Set(added.map(({ believed }) => believed))).toEqual(
      new Set(['catalogue', 'tests', 'dpkg tool 2.1', 'pip sdk 1.43.0']),
    );
  });

  it('is told on the last line, by record', async () => {
    const cli = commandLine();
    expect(await cli.run('scan', vendorImage())).toBe(6);
    expect(cli.out()).toContain('\nsdk 1.43.0: 3 in 3 files, unchanged since installed\n');
    expect(cli.out()).toContain('\ntool 2.1: 1 file, unchanged since installed\n');
    expect(cli.out()).toMatch(/etc\/vendor\.conf: changed since tool 2\.1 was installed\n/);
    expect(cli.out()).toMatch(
      /; 6 files believed \(3 by pip, 1 as catalogues, 1 as tests and examples, 1 by dpkg\); 3 files changed since installed\n$/,
    );
  });

  it('does not fail where nothing else was found, and certifies what was believed', async () => {
    const root = folderOf({
      'node_modules/a/README.md': 'https://sqs.us-east-1.amazonaws.com/\n',
      'app.conf': 'region=eu-west-1\n',
    });
    const cli = commandLine();
    expect(await cli.run('scan', root, '--region', 'eu-west-1')).toBe(0);
    expect(cli.out()).toMatch(/; 1 file believed \(1 as documentation\); clean, sha256:/);
    const before = scanDigest(await scanIn(root, { home: 'eu-west-1' }));
    writeFileSync(join(root, 'node_modules/a/README.md'), 'https://sqs.eu-west-1.amazonaws.com/\n');
    const after = scanDigest(await scanIn(root, { home: 'eu-west-1' }));
    expect([before, after]).toEqual([expect.stringMatching(/^sha256/), expect.stringMatching(/^sha256/)]);
    expect(after).not.toBe(before);
  });

  it('has what was believed in JSON, behind the fixed shape', async () => {
    const json = JSON.parse(printJson(await scanIn(vendorImage()))) as Record<string, unknown>;
    expect(Object.keys(json).slice(0, 4)).toEqual(['home', 'files', 'bytes', 'findings']);
    expect(json['believed']).toContainEqual({
      because: 'pip',
      package: 'sdk',
      version: '1.43.0',
      findings: 3,
      files: 3,
    });
  });
});

describe('configuration in effect counts although nobody changed it', () => {
  it.each([
    ['a conffile', 'srv/a/a.conf', true],
    ['a unit', 'usr/lib/systemd/system/a.service', false],
    ['what a package puts into /etc', 'etc/a/a.json', false],
  ])('%s', async (_, path, isConffile) => {
    const text = 'url=https://sqs.us-east-1.amazonaws.com/\n';
    const md5 = createHash('md5').update(text).digest('hex');
    const conffiles = isConffile ? `Conffiles:\n /${path} ${md5}\n` : '';
    const root = folderOf({
      [path]: text,
      'usr/share/a/a.json': text,
      'var/lib/dpkg/status': `Package: a\nStatus: install ok installed\nVersion: 1\n${conffiles}`,
      'var/lib/dpkg/info/a.md5sums': `${md5}  usr/share/a/a.json\n${isConffile ? '' : `${md5}  ${path}\n`}`,
    });
    const report = await scanIn(root);
    expect(filesIn(report)).toEqual([path]);
    expect([believedIn(report), report.changed]).toEqual([['dpkg a null in 1'], []]);
  });

  it.each([
    'etc/apt/sources.list.d/a.list',
    'opt/agent/etc/agent.toml',
    'usr/lib/systemd/system/a.service',
    'usr/share/a/tests/etc/x.conf',
    'etc/yum.repos.d/a.repo',
  ])('%s', async (path) => {
    const root = folderOf({ [path]: 'url=https://sqs.us-east-1.amazonaws.com/\n' });
    expect((await scanIn(root)).findings).toHaveLength(1);
  });
});

describe('a table of regions', () => {
  const REGIONS = knownRegions()
    .filter(({ partition }) => partition === 'aws')
    .map(({ region }) => region);
  const TABLE = REGIONS.map((region) => `  ${region}: https://s3.${region}.amazonaws.com`).join('\n');

  it('is a catalogue, and what stands in it in words of its own is not of it', async () => {
    const alone = await scanFiles({ 'app/endpoints.yaml': `${TABLE}\n` });
    expect(alone.findings).toEqual([]);
    const own = await scanFiles({
      'app/endpoints.yaml': `${TABLE}\nregion: us-east-1\nqueue: https://sqs.us-east-1.amazonaws.com/123456789012/q\n`,
    });
    expect(own.findings.map(({ text }) => text)).toEqual(['us-east-1', 'sqs.us-east-1.amazonaws.com']);
  });

  it('of one line still shows what is different in it, and its ends', async () => {
    const table = JSON.stringify(
      Object.fromEntries(REGIONS.map((region) => [region, { host: `s3.${region}.amazonaws.com` }])),
    );
    const text = table.replace(
      /\}$/,
      ',"default":"us-east-1","db":"payroll.c9akciq32abc.us-east-1.rds.amazonaws.com"}',
    );
    const report = await scanFiles({ 'app/endpoints.json': text });
    expect(report.findings.map((finding) => finding.text)).toEqual([
      'af-south-1',
      's3.af-south-1.amazonaws.com',
      's3.us-west-2.amazonaws.com',
      'us-east-1',
      'payroll.c9akciq32abc.us-east-1.rds.amazonaws.com',
    ]);
  });

  it.each([
    ['of few regions is a choice', REGIONS.slice(0, 8)],
    ['of one continent is a choice', REGIONS.filter((region) => region.startsWith('ap-'))],
  ])('%s', async (_, regions) => {
    const text = regions.map((region) => `- https://s3.${region}.amazonaws.com`).join('\n');
    expect((await scanFiles({ 'app/copies.yaml': text })).findings).toHaveLength(regions.length);
  });

  it('in which one region stands far more often than the others is a choice', async () => {
    const hosts = [...REGIONS, ...Array.from({ length: 8 }, () => 'us-east-1')];
    const text = hosts.map((region) => `https://s3.${region}.amazonaws.com`).join('\n');
    expect((await scanFiles({ 'app/hosts.txt': text })).findings).toHaveLength(hosts.length);
  });

  it('of a package counts whole once somebody changed it', async () => {
    const root = vendorImage();
    const path = 'opt/jdk/lib/security/public_suffix_list.dat';
    expect(filesIn(await scanIn(root))).not.toContain(path);
    appendFileSync(join(root, path), 'payroll.c9akciq32abc.us-east-1.rds.amazonaws.com\n');
    const found = (await scanIn(root)).findings.filter((finding) => finding.path.endsWith('.dat'));
    expect(found.map(({ text }) => text)).toEqual(['payroll.c9akciq32abc.us-east-1.rds.amazonaws.com']);
  });
});

describe('compiled caches', () => {
  it('are their source’s while that is unchanged and says the same', async () => {
    const root = vendorImage();
    const cache = join(root, 'usr/lib/python3.12/site-packages/sdk/__pycache__/auth.cpython-312.pyc');
    appendFileSync(cache, '\0s3.eu-north-1.amazonaws.com\0');
    expect(filesIn(await scanIn(root))).toContain(cache.slice(root.length + 1));
    writeFileSync(cache, readFileSync(cache).subarray(0, 41));
    writeFileSync(
      join(root, 'usr/lib/python3.12/site-packages/sdk/auth.py'),
      'URL = "https://sts.us-east-1.amazonaws.com"\n',
    );
    expect(filesIn(await scanIn(root))).toContain(cache.slice(root.length + 1));
  });
});
