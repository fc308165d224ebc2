import { execFileSync } from 'node:child_process';
import { lstat, mkdir, mkdtemp, readFile, realpath, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ARCHIVE_BOUNDS, createArchiveTally } from '#agent/apply/deploy/archive-bounds.ts';
import { archiveFormat } from '#agent/apply/deploy/archive-format.ts';
import { leadsOut } from '#agent/apply/targets/link-end.ts';
import { createPackedAttributes } from '#agent/apply/deploy/packed-attributes.ts';
import { readTarLine } from '#agent/apply/deploy/tar-line.ts';
import { unpack } from '#agent/apply/deploy/unpack.ts';
import { tarOf, zipOf } from '../support/archives.ts';
import { loggerInto } from '../support/configuring.ts';
import { openCommandHost } from '../support/command-host.ts';

const IS_ROOT = process.geteuid?.() === 0;

async function folderOf(): Promise<string> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'landfall-archives-')));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Unpacks what a shell line makes of `x.tar`, or the bytes that are given. */
async function unpacked(made: string | Uint8Array, named: readonly string[] = []) {
  await using commands = await openCommandHost();
  const folder = await folderOf();
  await mkdir(`${folder}/work`);
  await mkdir(`${folder}/into`);
  if (typeof made === 'string') {
    execFileSync('/bin/sh', ['-c', made], { cwd: `${folder}/work`, stdio: 'ignore' });
  } else await writeFile(`${folder}/work/x.tar`, made);
  const archive = `${folder}/work/x.tar`;
  const homes = ['/srv/app/versions/1', '/srv/app/current'];
  const signal = new AbortController().signal;
  const attributes = createPackedAttributes();
  const order = { archive, into: `${folder}/into`, homes, named, attributes, subject: 'app.tgz' };
  const outcome = await unpack(order, commands.runnerFor, signal);
  const log: string[] = [];
  attributes.tell(loggerInto(log), 'app.tgz');
  const modeOf = async (name: string) => ((await stat(`${folder}/into/${name}`)).mode & 0o7777).toString(8);
  return {
    outcome,
    log,
    modeOf,
    into: `${folder}/into`,
    cause: outcome.kind === 'ok' ? '' : outcome.fault.cause,
  };
}

async function ownerOf(path: string): Promise<string> {
  const { uid, gid } = await lstat(path);
  return `${uid}:${gid}`;
}

describe('bits in an archive', () => {
  const made =
    'mkdir -m 2775 shared; mkdir -m 1777 tmp; : >tool; : >named; chmod 6755 tool named; tar -cf x.tar shared tmp tool named';

  it('setuid and setgid are dropped from what the plan does not name, and told', async () => {
    const { outcome, log, modeOf } = await unpacked(made, ['named', 'other']);
    expect(outcome).toMatchObject({ kind: 'ok' });
    expect(log).toHaveLength(1);
    expect(log[0]).toContain('"count":2');
    expect(log[0]).toContain('tool');
    expect(await Promise.all(['tool', 'named', 'shared', 'tmp'].map(modeOf))).toEqual([
      '755',
      '6755',
      '775',
      '1777',
    ]);
  });

  it('owners are those of the agent, whoever packed it', async () => {
    const { into, log } = await unpacked(': >f; tar --owner=1234 --group=1234 -cf x.tar f');
    const { uid, gid } = await stat(`${into}/f`);
    expect([uid, gid]).toEqual([process.geteuid?.(), process.getegid?.()]);
    expect(log).toEqual([expect.stringContaining('"ownersDropped":1,"ownedByOthers":["f"]')]);
  });

  it.runIf(IS_ROOT)(
    'a file that the plan names keeps its owner and its bits, and nothing else does',
    async () => {
      const line =
        'mkdir d; for f in d/named d/tool; do : >$f; done; chown -R 1234:1235 d; chmod 6755 d/named d/tool; tar -cf x.tar ./d';
      const { into, log, modeOf } = await unpacked(line, ['d/named']);
      expect(await Promise.all(['d', 'd/named', 'd/tool'].map((name) => ownerOf(`${into}/${name}`)))).toEqual(
        ['0:0', '1234:1235', '0:0'],
      );
      expect(await Promise.all(['d/named', 'd/tool'].map(modeOf))).toEqual(['6755', '755']);
      expect(log).toHaveLength(1);
      expect(JSON.parse(log[0]?.slice(log[0].indexOf('{')) ?? '')).toEqual({
        archive: 'app.tgz',
        count: 1,
        files: ['d/tool'],
        ownersDropped: 2,
        ownedByOthers: ['d', 'd/tool'],
        ownersKept: { 'd/named': { uid: 1234, gid: 1235 } },
      });
    },
  );

  it.runIf(IS_ROOT).each([
    ['a name of this host comes before a number', '--owner=daemon:4321 --group=daemon:4321', '1:1'],
    [
      'a number stands for a name that is not here',
      '--owner=nobody-knows:4321 --group=nor-this:4322',
      '4321:4322',
    ],
    [
      'with a blank in the name the number counts',
      "--owner='Domain User:4321' --group='Domain Users:4322'",
      '4321:4322',
    ],
  ])('%s', async (_, owner, expected) => {
    const { into } = await unpacked(`: >f; tar ${owner} -cf x.tar f`, ['f']);
    expect(await ownerOf(`${into}/f`)).toBe(expected);
  });

  it.runIf(IS_ROOT).each([
    ['the plan knows only one of its names', ['named'], ['755', '0:0']],
    ['the plan knows all of its names', ['named', 'other'], ['6755', '1234:1234']],
  ])('of a file with two names: %s', async (_, named, expected) => {
    const line =
      ': >named; chown 1234:1234 named; chmod 6755 named; ln named other; tar -cf x.tar named other';
    const { into, modeOf } = await unpacked(line, named);
    for (const name of ['named', 'other']) {
      expect([await modeOf(name), await ownerOf(`${into}/${name}`)]).toEqual(expected);
    }
  });

  it.runIf(IS_ROOT)('a device is refused before it is made', async () => {
    const { cause, into } = await unpacked('mknod null c 1 3; tar -cf x.tar null');
    expect(cause).toBe('"null" is no file, folder or link');
    await expect(stat(`${into}/null`)).rejects.toThrow('ENOENT');
  });
});

describe('an archive that is meant to do harm', () => {
  it.each<[string, string | Uint8Array, string]>([
    ['zeros, packed', 'head -c 100M /dev/zero >z; tar -czf x.tar z', 'more than 100 times'],
    ['a hole of a terabyte', 'truncate -s 1T hole; tar -cSf x.tar hole', 'more than 8589934592 bytes'],
    ['deep folders', tarOf({ [`${'d/'.repeat(101)}f`]: 'x' }), 'more than 100 folders deep'],
    ['a name that no file can have', tarOf({ ['n'.repeat(256)]: 'x' }), "longer than a file's can be"],
    [
      'a path that no file can have',
      tarOf({ [`${'n'.repeat(200)}/`.repeat(25)]: 'x' }),
      "longer than a file's can be",
    ],
    ['a name beyond a line of output', tarOf({ ['n'.repeat(40_000)]: 'x' }), "longer than a file's can be"],
  ])('is refused, with nothing unpacked: %s', { timeout: 60_000 }, async (_, made, cause) => {
    const refused = await unpacked(made);
    expect(refused.outcome).toMatchObject({
      kind: 'fail',
      fault: { code: 'LF_DEPLOY', operation: 'unpack' },
    });
    expect(refused.cause).toContain(cause);
    expect(execFileSync('ls', ['-A', refused.into], { encoding: 'utf8' })).toBe('');
  });

  it('is refused for the number of its members', { timeout: 60_000 }, async () => {
    const one = tarOf({ f: '' }).subarray(0, 512);
    const many = Buffer.concat([...Array.from({ length: 200_001 }, () => one), Buffer.alloc(1024)]);
    expect((await unpacked(many)).cause).toBe('it has more than 200000 members');
  });

  it('is none for small files that pack well', async () => {
    const { outcome } = await unpacked('head -c 60M /dev/zero >z; tar -czf x.tar z');
    expect(outcome).toMatchObject({ kind: 'ok' });
  });

  it('counts what is unpacked, whatever the list said', () => {
    const tally = createArchiveTally(1024);
    expect(tally.add('a', ARCHIVE_BOUNDS.freeBytes - 512)).toBeUndefined();
    expect(tally.add('b', 0)).toContain('more than 100 times its 1024 bytes');
    expect(createArchiveTally(ARCHIVE_BOUNDS.bytes).addAll(1, ARCHIVE_BOUNDS.bytes)).toContain(
      'unpacks to more',
    );
  });
});

describe('the form of an archive', () => {
  const none = new Uint8Array();

  it.each([
    ['v7', '--format=v7'],
    ['old GNU', '--format=oldgnu'],
    ['pax', '--format=pax'],
  ])('is told by its checksum: %s', async (_, format) => {
    const { outcome, into } = await unpacked(`echo hello >f; tar ${format} -cf x.tar f`);
    expect(outcome).toMatchObject({ kind: 'ok' });
    expect(await readFile(`${into}/f`, 'utf8')).toBe('hello\n');
  });

  it.each([
    ['plain', 'tar -cf x.tar -T /dev/null'],
    ['packed', 'tar -czf x.tar -T /dev/null'],
  ])('may hold nothing: %s', async (_, made) => {
    expect((await unpacked(made)).outcome).toMatchObject({ kind: 'ok' });
  });

  it('is not told where there is none', () => {
    const text = Buffer.alloc(512, 'x');
    for (const head of [none, Buffer.from('hello'), text, Buffer.alloc(100)]) {
      expect(archiveFormat(head, head)).toBeUndefined();
    }
    const zip = zipOf({ a: 'x' });
    expect(archiveFormat(zip, zip)).toBe('zip');
    const program = Buffer.concat([Buffer.alloc(2000, '#'), zip]);
    expect(archiveFormat(program, program)).toBe('zip');
    expect(archiveFormat(gzipSync('x'), none)).toBe('tar');
  });
});

describe('a line of the list', () => {
  it.each([
    ['-rwsr-xr-x 1234/0            10 2026-11-29 20:00:00 bin/tool', ['plain', 10, ['bin/tool'], '1234/0']],
    ['drwxrwsr-t 0/0                0 1970-01-01 00:00 a b/', ['plain', 0, ['a b/']]],
    ['lrwxrwxrwx 0/0                0 2026-11-29 20:00:00.5 a -> b -> c', ['plain', 0, ['a', 'a -> b']]],
    ['hrw-r--r-- 0/0                0 2026-11-29 20:00:00 a link to b', ['plain', 0, ['a']]],
    ['crw-rw-rw- 0/0              1,3 2026-11-29 20:00:00 null', ['special', 0, ['null']]],
    ['prw-r--r-- 0/0                0 2026-11-29 20:00:00 pipe', ['special', 0, ['pipe']]],
    [String.raw`-rw-r--r-- 0/0 1 2026-11-29 20:00:00 a\303\244\nb`, ['plain', 1, ['a???b']]],
  ] as const)('%s', (line, [kind, bytes, names, owner = '0/0']) => {
    const [user, group] = owner.split('/');
    expect(readTarLine(line)).toEqual({ kind, bytes, names, owner: { user, group } });
  });

  it('is none', () => {
    expect(readTarLine('the rest of a name that is too long')).toBeUndefined();
  });
});

describe('a link', () => {
  it.each([
    ['beside it', 'l', 'f', false],
    ['above it, inside', 'sub/l', '../f', false],
    ['to what is not there', 'l', 'gone/../f', false],
    ['up and out', 'sub/l', '../../f', true],
    ['out through a folder that is not there', 'l', 'gone/../../f', true],
    ['to where it will be', 'l', '/home/app/releases/1', false],
    ['to another name of where it will be', 'l', '/home/current/x', false],
    ['to where it will be, and out of that', 'l', '/home/app/../x', true],
    ['to a neighbour of where it will be', 'l', '/home/apple', true],
    ['to a program of the system', 'l', '/usr/bin/python3', false],
    ['to the system, and out of it', 'l', '/usr/../etc/passwd', true],
    ['to the configuration of the system', 'l', '/etc/passwd', true],
    ['to a link that leads out', 'l', 'out', true],
    ['through a link that leads out', 'l', 'out/passwd', true],
    ['to itself', 'l', 'l', true],
    ['over a link and up', 'l', 'deep/..', false],
    ['over a link and up, out', 'l', 'deep/../../..', true],
  ])('%s', async (_, at, target, expected) => {
    const root = await folderOf();
    await mkdir(`${root}/sub/sub`, { recursive: true });
    await symlink('/etc', `${root}/out`);
    await symlink('sub/sub', `${root}/deep`);
    await symlink(target, `${root}/${at}`);
    expect(await leadsOut({ root, homes: ['/home/app', '/home/current'] }, `${root}/${at}`)).toBe(expected);
  });
});
