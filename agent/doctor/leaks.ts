import { note, warning, type DoctorFinding } from './base/finding.ts';
import type { HostRoot } from './base/host-root.ts';
import { examineCheck, type Check } from './base/place.ts';
import type { View } from './base/view.ts';
import { AWS_AGENTS } from './places/aws-agents.ts';
import { AWS_FILES } from './places/aws-files.ts';
import { CLOUD_INIT } from './places/cloud-init.ts';
import { CONTAINERS } from './places/containers.ts';
import { OWN_SETTINGS } from './places/landfall.ts';
import { MOUNTS } from './places/mounts.ts';
import { NAME_RESOLUTION } from './places/name-resolution.ts';
import { PACKAGES } from './places/packages.ts';
import { SSH } from './places/ssh.ts';
import { CRON, START_FILES } from './places/start-files.ts';
import { stateCheck } from './places/state.ts';
import { SYSTEMD } from './places/systemd.ts';
import { TRACES } from './places/traces.ts';

/** In the order of the report: what starts programs first. */
const CHECKS: readonly Check[] = [
  START_FILES,
  SYSTEMD,
  CRON,
  AWS_FILES,
  CLOUD_INIT,
  NAME_RESOLUTION,
  PACKAGES,
  AWS_AGENTS,
  CONTAINERS,
  MOUNTS,
  SSH,
  OWN_SETTINGS,
];

/** What on this disk could lead something to a region that is not its own. Reads, and changes nothing. */
export function* examineLeaks(root: HostRoot, stateDir: string, view: View): Generator<DoctorFinding> {
  const homes = homeFolders(root, view.ownHome);
  const checks = [...CHECKS, stateCheck(stateDir), ...(view.isImage ? [TRACES] : [])];
  for (const check of checks) yield* examineCheck(check, root, homes, view);
  yield* unreadFindings(root, view);
}

/** As many as a person would read. */
const SHOWN = 5;

function* unreadFindings({ unread }: HostRoot, { home }: View): Generator<DoctorFinding> {
  if (unread.length === 0) return;
  const some = unread.slice(0, SHOWN).map(({ path, cause }) => `${path} (${cause})`);
  const more = unread.length > SHOWN ? ` and ${unread.length - SHOWN} more` : '';
  const says = `not looked into: ${some.join(', ')}${more}`;
  if (!unread.some(({ cause }) => cause === 'EACCES' || cause === 'EPERM')) {
    yield note('unread', says, 'landfall scan PATH reads files of any size.');
  } else if (home.kind === 'none') {
    // Nobody can vouch for an image that could not be looked at.
    yield { ...warning('unread', says, 'Run it as root.'), level: 'failure', code: 'LF_REGION_HOST' };
  } else {
    yield warning('unread', says, 'Run it as root.');
  }
}

/** A host with more users than this has them elsewhere. */
const MOST_HOMES = 1000;

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
  return [...new Set(homes)].slice(0, MOST_HOMES);
}
