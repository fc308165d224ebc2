import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { HOST_LIMITS, HostRoot } from '#agent/doctor/base/host-root.ts';
import { homeFolders } from '#agent/doctor/leaks.ts';
import { fakeRoot } from './fake-root.ts';

const text = (root: HostRoot, path: string) => root.read(path)?.toString();

it('a link never leads out of the root, however it is written', () => {
  const { root } = fakeRoot({
    '/etc/inside': 'inside',
    '/etc/absolute': '->/etc/inside',
    '/etc/climbing': '->../../../../../../../../etc/inside',
    '/etc/own': '->/etc/hostname',
  });
  expect(text(root, '/etc/absolute')).toBe('inside');
  expect(text(root, '/etc/climbing')).toBe('inside');
  // This host has one, the image has none.
  expect(root.read('/etc/own')).toBeUndefined();
  expect(root.exists('/etc/own')).toBe(false);
});

it('links in a circle end', () => {
  const { root } = fakeRoot({ '/etc/a': '->b', '/etc/b': '->/etc/a' });
  expect(root.read('/etc/a')).toBeUndefined();
  expect(root.find('/etc/a/**/*')).toEqual([]);
});

it('a link to a folder is gone through, and each file is met once', () => {
  const { root } = fakeRoot({ '/usr/lib/x/f': '1', '/lib': '->usr/lib' });
  expect(root.find('/lib/*/f')).toEqual(['/usr/lib/x/f']);
  expect(root.find('/usr/**/*').filter((path) => path.endsWith('f'))).toEqual(['/usr/lib/x/f']);
});

it('stars stand for parts of names, two of them for folders, and everything else for itself', () => {
  const { root } = fakeRoot({ '/a/x.conf': '', '/a/xxconf': '', '/a/b/c/y.conf': '', '/a/[z].conf': '' });
  expect(root.find('/a/*.conf')).toEqual(['/a/[z].conf', '/a/x.conf']);
  expect(root.find('/a/[z].conf')).toEqual(['/a/[z].conf']);
  expect(root.find('/a/**/*.conf')).toEqual(['/a/[z].conf', '/a/x.conf', '/a/b/c/y.conf']);
  expect(root.find('/none/*')).toEqual([]);
});

it('folders are entered so deep and no deeper', () => {
  const { path } = fakeRoot({ '/a/1/f': '', '/a/1/2/f': '', '/a/1/2/3/f': '' });
  expect(new HostRoot(path, { ...HOST_LIMITS, depth: 2 }).find('/a/**/f')).toEqual(['/a/1/f', '/a/1/2/f']);
});

it('a pipe, a folder and a device are not waited for', () => {
  const { path, root } = fakeRoot({ '/etc/folder/f': '' });
  execFileSync('sh', ['-c', 'mkfifo "$1"', 'sh', join(path, 'etc/pipe')]);
  expect([root.read('/etc/pipe'), root.read('/etc/folder')]).toEqual([undefined, undefined]);
  expect(root.unread).toEqual([]);
});

it('a file is read to its limit and not a byte beyond; of a head the rest does not matter', () => {
  const { path } = fakeRoot({ '/fits': '12345678', '/large': '123456789' });
  const root = new HostRoot(path, { ...HOST_LIMITS, fileBytes: 8 });
  expect(text(root, '/fits')).toBe('12345678');
  expect(root.read('/large')).toBeUndefined();
  expect(root.unread).toEqual([{ path: join(path, 'large'), cause: 'larger than 8 bytes' }]);
  expect(root.read('/large', 3)?.toString()).toBe('123');
});

it('too many entries, or too many bytes, are said', () => {
  const { path } = fakeRoot({ '/a/1': '12', '/a/2': '12', '/a/3': '12' });
  const root = new HostRoot(path, { ...HOST_LIMITS, folderEntries: 2, totalBytes: 2 });
  expect(root.find('/a/*')).toHaveLength(2);
  expect([text(root, '/a/1'), text(root, '/a/2')]).toEqual(['12', undefined]);
  expect(root.unread.map(({ cause }) => cause)).toEqual([
    'more than 2 entries',
    'the limit of one examination is reached',
  ]);
});

it('homes are those of passwd, the usual ones, and the one of this process', () => {
  const { path, root } = fakeRoot({
    '/home/ubuntu/x': '',
    '/home/old/x': '',
    '/var/lib/jenkins/x': '',
    '/srv/me/x': '',
  });
  mkdirSync(join(path, 'root'));
  symlinkSync('/srv/me', join(path, 'home/me'));
  writeFileSync(join(path, 'home/file'), '');
  expect(homeFolders(root, '/srv/me').filter((home) => home !== '/home/file')).toEqual([
    '/srv/me',
    '/root',
    '/home/old',
    '/home/ubuntu',
    '/var/lib/jenkins',
  ]);
});
