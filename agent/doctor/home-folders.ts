import type { HostRoot } from './host-root.ts';

/** A host with more users than this has them elsewhere. */
const MOST = 1000;

/**
 * Homes of every user, services included: what passwd(5) says, and what lies in the usual places without being said.
 * `own` is $HOME of this process, when this host is looked at.
 */
export function homeFolders(root: HostRoot, own?: string): readonly string[] {
  const passwd = root.read('/etc/passwd')?.toString('latin1') ?? '';
  const said = passwd.split('\n').map((line) => line.split(':')[5] ?? '');
  const homes = [own ?? '', '/root', ...root.find('/home/*'), ...said]
    .filter((home) => home.startsWith('/'))
    .flatMap((home) => root.find(home));
  return [...new Set(homes)].slice(0, MOST);
}
