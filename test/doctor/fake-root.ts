import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { DoctorFinding } from '#agent/doctor/base/finding.ts';
import { HostRoot } from '#agent/doctor/base/host-root.ts';
import { examineLeaks } from '#agent/doctor/leaks.ts';
import type { View } from '#agent/doctor/base/view.ts';

export const STATE_DIR = '/var/lib/landfall';

export const PASSWD = [
  'root:x:0:0:root:/root:/bin/bash',
  'daemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin',
  'ubuntu:x:1000:1000:Ubuntu:/home/ubuntu:/bin/bash',
  'jenkins:x:999:999::/var/lib/jenkins:/usr/sbin/nologin',
  '',
].join('\n');

/** Files by path, made below a folder of the test's own; a value that starts with `->` is a link. */
export function fakeRoot(files: Readonly<Record<string, string>> = {}): { path: string; root: HostRoot } {
  const path = mkdtempSync(join(tmpdir(), 'landfall-root-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  for (const [name, content] of Object.entries({ '/etc/passwd': PASSWD, ...files })) {
    const file = join(path, name);
    mkdirSync(dirname(file), { recursive: true });
    if (content.startsWith('->')) symlinkSync(content.slice(2), file);
    else writeFileSync(file, content);
  }
  return { path, root: new HostRoot(path) };
}

/** A host in Ireland that runs as i-here. */
export const IRELAND: View = {
  home: { kind: 'region', region: 'eu-west-1' },
  isImage: false,
  instanceId: 'i-here',
};

/** The last look before an image is made. */
export const LEAVING: View = { home: { kind: 'none' }, isImage: true };

/** What is not in order on a disk with these files. */
export function troubles(files: Readonly<Record<string, string>>, view: View): readonly DoctorFinding[] {
  return troublesOf(fakeRoot(files).root, view);
}

export function troublesOf(root: HostRoot, view: View): readonly DoctorFinding[] {
  return [...examineLeaks(root, STATE_DIR, view)].filter(({ level }) => level !== 'ok');
}
