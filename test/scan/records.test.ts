import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { bytePathOf } from '#agent/scan/bytes/byte-path.ts';
import { PackageRecords } from '#agent/scan/records/package-records.ts';
import { ndbOf, rpmHeaderOf, type RpmFile } from '../support/rpm-database.ts';
import { folderOf } from '../support/scanning.ts';

const TEXT = 'host=sqs.us-east-1.amazonaws.com\n';

function hashOf(algorithm: string, text = TEXT): string {
  return createHash(algorithm).update(text).digest('hex');
}

function standing(root: string, path: string, mountinfo = '', own: readonly string[] = []): string {
  const found = new PackageRecords(mountinfo, own).standingOf(bytePathOf(join(root, path)));
  if (found.kind === 'unclaimed') return found.kind;
  const { recorder, name, version } = found.owner;
  return `${found.kind} ${recorder} ${name} ${version}${found.isConfiguration ? ' configuration' : ''}`;
}

const STATUS = [
  'Package: payroll-tools\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1:2.0-3\n' +
    `Conffiles:\n /etc/payroll.conf ${hashOf('md5')}\n /etc/old.conf ${hashOf('md5')} obsolete\nDescription: x\n`,
  'Package: gone\nStatus: deinstall ok config-files\nArchitecture: all\nVersion: 1\n',
  'Package: libp\nStatus: install ok installed\nArchitecture: i386\nMulti-Arch: same\nVersion: 3\n',
].join('\n');

function debian(extra: Readonly<Record<string, string>> = {}): string {
  return folderOf({
    'var/lib/dpkg/status': STATUS,
    'var/lib/dpkg/info/payroll-tools.md5sums': `${hashOf('md5')}  usr/share/p/a.json\n${hashOf('md5')}  lib/p/merged\n`,
    'var/lib/dpkg/info/libp:i386.md5sums': `${hashOf('md5')}  usr/share/p/shared\n`,
    'var/lib/dpkg/info/gone.md5sums': `${hashOf('md5')}  usr/share/p/gone\n`,
    'usr/share/p/a.json': TEXT,
    'usr/share/p/shared': TEXT,
    'usr/share/p/gone': TEXT,
    'usr/share/p/added': TEXT,
    'usr/lib/p/merged': TEXT,
    'etc/payroll.conf': TEXT,
    'etc/old.conf': `${TEXT}more\n`,
    ...extra,
  });
}

describe('the record of dpkg', () => {
  it.each([
    ['usr/share/p/a.json', 'unchanged dpkg payroll-tools 1:2.0-3'],
    ['usr/share/p/shared', 'unchanged dpkg libp 3'],
    ['usr/share/p/added', 'unclaimed'],
    ['usr/share/p/gone', 'unclaimed'],
    ['etc/payroll.conf', 'unchanged dpkg payroll-tools 1:2.0-3 configuration'],
    ['etc/old.conf', 'changed dpkg payroll-tools 1:2.0-3 configuration'],
  ])('says of %s: %s', (path, says) => {
    expect(standing(debian(), path)).toBe(says);
  });

  it.each([' usr/share/p/b', '  /usr/share/p/b', '  ./usr/share/p/b', ' *usr/share/p/b'])(
    'is understood as packagers write it: %j',
    (path) => {
      const root = debian({
        'var/lib/dpkg/info/payroll-tools.md5sums': `${hashOf('md5')}${path}\n`,
        'usr/share/p/b': TEXT,
      });
      expect(standing(root, 'usr/share/p/b')).toBe('unchanged dpkg payroll-tools 1:2.0-3');
    },
  );

  it('vouches for nothing that was changed', () => {
    expect(standing(debian({ 'usr/share/p/a.json': `${TEXT} ` }), 'usr/share/p/a.json')).toBe(
      'changed dpkg payroll-tools 1:2.0-3',
    );
  });

  it.each([[['payroll-*']], [['x', 'Payroll-Tools']]])('says nothing of packages of the team: %j', (own) => {
    expect(standing(debian(), 'usr/share/p/a.json', '', own)).toBe('unclaimed');
    expect(standing(debian(), 'usr/share/p/shared', '', own)).toBe('unchanged dpkg libp 3');
  });

  it('speaks of /lib where that has become /usr/lib', () => {
    const root = debian();
    expect(standing(root, 'usr/lib/p/merged')).toBe('unclaimed');
    symlinkSync('usr/lib', join(root, 'lib'));
    expect(standing(root, 'usr/lib/p/merged')).toBe('unchanged dpkg payroll-tools 1:2.0-3');
  });

  it('follows diversions: what a package has diverted is where it was moved to', () => {
    const root = debian({
      'var/lib/dpkg/diversions': '/usr/share/p/a.json\n/usr/share/p/a.json.distrib\n:\n',
      'usr/share/p/a.json': 'region=us-east-1\n',
      'usr/share/p/a.json.distrib': TEXT,
    });
    expect(standing(root, 'usr/share/p/a.json')).toBe('unclaimed');
    expect(standing(root, 'usr/share/p/a.json.distrib')).toBe('unchanged dpkg payroll-tools 1:2.0-3');
  });

  it('is one file for each package in images without a package manager', () => {
    const root = folderOf({
      'var/lib/dpkg/status.d/tzdata': 'Package: tzdata\nVersion: 7\n',
      'var/lib/dpkg/status.d/tzdata.md5sums': `${hashOf('md5')}  usr/share/z\n`,
      'usr/share/z': TEXT,
    });
    expect(standing(root, 'usr/share/z')).toBe('unchanged dpkg tzdata 7');
  });

  it('of a layer inside a host is that layer’s', () => {
    const root = debian({ 'var/lib/layer/usr/share/p/a.json': TEXT });
    expect(standing(root, 'var/lib/layer/usr/share/p/a.json')).toBe('unclaimed');
    const layer = join(root, 'var/lib/layer/var/lib/dpkg');
    mkdirSync(join(layer, 'info'), { recursive: true });
    writeFileSync(join(layer, 'status'), STATUS);
    writeFileSync(join(layer, 'info/payroll-tools.md5sums'), `${hashOf('md5')}  usr/share/p/a.json\n`);
    expect(standing(root, 'var/lib/layer/usr/share/p/a.json')).toBe('unchanged dpkg payroll-tools 1:2.0-3');
  });
});

const RPM_FILES: readonly RpmFile[] = [
  { path: '/usr/share/p/a.json', digest: hashOf('sha256') },
  { path: '/etc/yum.repos.d/p.repo', digest: hashOf('sha256'), flags: 1 | 16 },
  { path: '/usr/share/p/ghost', digest: hashOf('sha256'), flags: 64 },
  { path: '/usr/share/p/replaced', digest: hashOf('sha256'), state: 1 },
  { path: '/usr/share/p/link', digest: '' },
];
const RPM_TREE = Object.fromEntries(RPM_FILES.map(({ path }) => [path.slice(1), TEXT]));
const RPM_SAYS = [
  ['usr/share/p/a.json', 'unchanged rpm ptools 2:1.2-3'],
  ['etc/yum.repos.d/p.repo', 'unchanged rpm ptools 2:1.2-3 configuration'],
  ['usr/share/p/ghost', 'unclaimed'],
  ['usr/share/p/replaced', 'unclaimed'],
  ['usr/share/p/link', 'unclaimed'],
] as const;
const HEADER = rpmHeaderOf({
  name: 'ptools',
  version: '1.2',
  release: '3',
  epoch: 2,
  algorithm: 8,
  files: RPM_FILES,
});

/** Written by Berkeley DB itself: `test/scan/fixtures/rpm-packages.pl`, fed with the header above and one of 300 files. */
const BERKELEY_DB = gunzipSync(readFileSync('test/scan/fixtures/rpm-packages.bdb.gz'));

function sqlite(folder: string, journal = false): string {
  const root = folderOf({ ...RPM_TREE, [`${folder}/.keep`]: '' });
  const database = new DatabaseSync(join(root, folder, 'rpmdb.sqlite'));
  if (journal) database.exec('PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0');
  database.exec('CREATE TABLE Packages (hnum INTEGER PRIMARY KEY AUTOINCREMENT, blob BLOB NOT NULL)');
  database.prepare('INSERT INTO Packages (blob) VALUES (?)').run(HEADER);
  if (!journal) database.close();
  return root;
}

describe('the record of rpm', () => {
  it.each(RPM_SAYS)('in SQLite says of %s: %s', (path, says) => {
    expect(standing(sqlite('var/lib/rpm'), path)).toBe(says);
    expect(standing(sqlite('usr/lib/sysimage/rpm'), path)).toBe(says);
  });

  it('in SQLite is read with what its journal holds', () => {
    expect(standing(sqlite('var/lib/rpm', true), 'usr/share/p/a.json')).toBe('unchanged rpm ptools 2:1.2-3');
  });

  it.each(RPM_SAYS)('in ndb says of %s: %s', (path, says) => {
    const root = folderOf({ ...RPM_TREE, 'usr/lib/sysimage/rpm/Packages.db': ndbOf([HEADER]) });
    expect(standing(root, path)).toBe(says);
  });

  it.each(RPM_SAYS)('in a hash of Berkeley DB 5.3 says of %s: %s', (path, says) => {
    const root = folderOf({ ...RPM_TREE, 'var/lib/rpm/Packages': BERKELEY_DB });
    expect(standing(root, path)).toBe(says);
    // The other package fills pages of its own.
    const large = folderOf({ 'var/lib/rpm/Packages': BERKELEY_DB, 'usr/share/large/299.json': TEXT });
    expect(standing(large, 'usr/share/large/299.json')).toBe('unchanged rpm large 7-1');
  });

  it('in a hash of Berkeley DB that is damaged vouches for less, and ends nothing', () => {
    const cuts = Array.from({ length: 24 }, (_, index) => BERKELEY_DB.subarray(0, index * 1777));
    const torn = Array.from({ length: 60 }, (_, index) => {
      const copy = Buffer.from(BERKELEY_DB);
      copy.writeUInt32LE(0xffff_fff1, (index * 323 * 4) % (copy.length - 4));
      return copy;
    });
    for (const damaged of [...cuts, ...torn]) {
      const root = folderOf({ 'var/lib/rpm/Packages': damaged, 'usr/share/large/299.json': `${TEXT}x` });
      expect(standing(root, 'usr/share/large/299.json')).not.toMatch(/^unchanged/);
    }
  });

  it('vouches for nothing that was changed, and a digest of MD5 is one', () => {
    const files = [{ path: '/usr/share/p/a.json', digest: hashOf('md5') }];
    const old = rpmHeaderOf({ name: 'old', version: '1', release: '1', files });
    const tree = { 'usr/lib/sysimage/rpm/Packages.db': ndbOf([HEADER, old]), ...RPM_TREE };
    expect(standing(folderOf(tree), 'usr/share/p/a.json')).toBe('unchanged rpm ptools 2:1.2-3');
    const changed = folderOf({ ...tree, 'usr/share/p/a.json': 'x' });
    expect(standing(changed, 'usr/share/p/a.json')).toMatch(/^changed rpm/);
  });

  it('that is damaged vouches for less, and ends nothing', () => {
    for (const cut of [0, 7, 40, 200, HEADER.length - 3]) {
      const root = folderOf({ ...RPM_TREE, 'var/lib/rpm/Packages.db': ndbOf([HEADER.subarray(0, cut)]) });
      expect(standing(root, 'usr/share/p/a.json')).not.toMatch(/^unchanged/);
      const file = ndbOf([HEADER]).subarray(0, 4096 + cut);
      expect(
        standing(folderOf({ ...RPM_TREE, 'var/lib/rpm/Packages.db': file }), 'usr/share/p/a.json'),
      ).not.toMatch(/^unchanged/);
    }
    const root = folderOf({ ...RPM_TREE, 'var/lib/rpm/rpmdb.sqlite': 'no database at all' });
    expect(standing(root, 'usr/share/p/a.json')).toBe('unclaimed');
  });
});

describe('the record of pip', () => {
  const sha256 = createHash('sha256').update(TEXT).digest('base64url');
  const RECORD =
    `sdk/data.json,sha256=${sha256},33\n"sdk/a, b.json",sha256=${sha256},33\n` +
    `sdk/__pycache__/x.cpython-312.pyc,,\n../../../bin/sdk,sha256=${sha256},33\nsdk-1.0.dist-info/RECORD,,\n`;

  function site(extra: Readonly<Record<string, string>> = {}): string {
    return folderOf({
      'lib/site-packages/sdk-1.0.dist-info/RECORD': RECORD,
      'lib/site-packages/sdk/data.json': TEXT,
      'lib/site-packages/sdk/a, b.json': TEXT,
      'lib/site-packages/sdk/added.json': TEXT,
      ...extra,
    });
  }

  it.each([
    ['sdk/data.json', 'unchanged pip sdk 1.0'],
    ['sdk/a, b.json', 'unchanged pip sdk 1.0'],
    ['sdk/added.json', 'unclaimed'],
    ['sdk-1.0.dist-info/RECORD', 'unchanged pip sdk 1.0'],
  ])('says of %s: %s', (path, says) => {
    expect(standing(site(), `lib/site-packages/${path}`)).toBe(says);
  });

  it('vouches for nothing that was changed, nor for what was installed from a folder', () => {
    const path = 'lib/site-packages/sdk/data.json';
    expect(standing(site({ [path]: 'x' }), path)).toBe('changed pip sdk 1.0');
    const from = (origin: string): string =>
      standing(site({ 'lib/site-packages/sdk-1.0.dist-info/direct_url.json': origin }), path);
    expect(from('{"url":"file:///src","dir_info":{}}')).toBe('unclaimed');
    expect(from('{"url":"https://git.example/sdk","vcs_info":{"vcs":"git"}}')).toBe('unclaimed');
    expect(from('no JSON')).toBe('unclaimed');
    // A wheel of the team's own looks like this.
    expect(from('{"url":"file:///wheels/sdk-1.0-py3-none-any.whl","archive_info":{}}')).toBe('unclaimed');
    expect(from('{"url":"https://wheels.example/sdk-1.0-py3-none-any.whl","archive_info":{}}')).toBe(
      'unclaimed',
    );
    expect(from('{"url":"https://files.pythonhosted.org.example/sdk.whl","archive_info":{}}')).toBe(
      'unclaimed',
    );
    const pinned = 'https://files.pythonhosted.org/packages/ab/cd/sdk-1.0-py3-none-any.whl';
    expect(from(`{"url":"${pinned}","archive_info":{"hash":"sha256=0"}}`)).toBe('unchanged pip sdk 1.0');
  });
});

function meta(channel: string): string {
  const paths = [{ _path: 'lib/a.json', sha256: '00', sha256_in_prefix: hashOf('sha256') }];
  return JSON.stringify({ name: 'sdk', version: '2', channel, paths_data: { paths } });
}

function environment(channel: string): string {
  return folderOf({
    'env/conda-meta/sdk-2-0.json': meta(channel),
    'env/lib/a.json': TEXT,
    'env/conda-meta/bad.json': '{',
  });
}

it('conda records what lies in its prefix, but not what was built here', () => {
  expect(standing(environment('https://conda.anaconda.org/main'), 'env/lib/a.json')).toBe(
    'unchanged conda sdk 2',
  );
  expect(standing(environment('file:///build'), 'env/lib/a.json')).toBe('unclaimed');
});

function line(point: string, options: string, type: string, source: string): string {
  return `30 1 7:0 / ${point} ${options} shared:1 - ${type} ${source} ${options}\n`;
}

describe('images that are mounted read-only', () => {
  it.each([
    ['a snap', '/snap/core22/1033', 'ro,nodev', 'squashfs', '/dev/loop0', 'unchanged snap core22 1033'],
    [
      'the system of Flatcar',
      '/usr',
      'ro',
      'btrfs',
      '/dev/mapper/usr',
      'unchanged image system image at /usr ',
    ],
    ['a system that can be written to', '/usr', 'rw', 'btrfs', '/dev/mapper/usr', 'unclaimed'],
    ['an image of the team', '/srv/payroll/app', 'ro', 'squashfs', '/dev/loop1', 'unclaimed'],
  ])('%s', (_, point, options, type, source, says) => {
    expect(standing('/', `${point}/none/x.json`, line(point, options, type, source))).toBe(says);
  });

  it('and covered by another mount are not what is seen there', () => {
    const mounts =
      line('/snap/a/1', 'ro', 'squashfs', '/dev/loop0') + line('/snap/a/1', 'rw', 'tmpfs', 'tmpfs');
    expect(standing('/', '/snap/a/1/x', mounts)).toBe('unclaimed');
  });
});
