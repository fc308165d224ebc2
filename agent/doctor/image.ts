import { emptyState, type RegionOfAddress } from '#config-service';
import type { Fault } from '#kit/errors.ts';
import { fail, ok, type Outcome } from '#kit/outcome.ts';
import type { Host } from '../daemon/runtime/host.ts';
import { sharingOf } from '../daemon/boot/register-sharing.ts';
import type { Settings } from '../settings/settings.ts';
import { checkEnvironment } from './environment.ts';
import type { DoctorFinding } from './base/finding.ts';
import { HostRoot } from './base/host-root.ts';
import { examineLeaks } from './leaks.ts';
import { daemonAnswers } from './listening.ts';
import { agentUser } from './state-place.ts';

/** What left the disk: names and digests, never content. */
export interface EmptiedFile {
  readonly path: string;
  /** Lower-case hex; empty for what was no regular file. */
  readonly sha256: string;
}

export interface PreparedImage {
  readonly emptied: readonly EmptiedFile[];
  readonly findings: readonly DoctorFinding[];
}

/** A disk nobody runs from. Without `home` nothing on it may name any region. */
export function examineImage(
  root: HostRoot,
  stateDir: string,
  home?: string,
  regionOf?: RegionOfAddress,
): readonly DoctorFinding[] {
  const place =
    home === undefined ? ({ kind: 'none' } as const) : ({ kind: 'region', region: home } as const);
  return [
    ...examineLeaks(root, stateDir, {
      home: place,
      isImage: true,
      isMounted: true,
      ...(regionOf && { regionOf }),
    }),
  ];
}

/**
 * Before an image is made of this host: Landfall's own state goes, and whatever else would tie the image to a region is
 * found and left where it is. Refuses with `LF_STATE_LOCKED` while the daemon runs, for it would write anew.
 */
export async function prepareImage(
  settings: Settings,
  host: Host,
  root: HostRoot = new HostRoot('/'),
): Promise<Outcome<PreparedImage>> {
  const { stateDir, runDir, hostsFile, socket, credentials } = settings;
  if (await daemonAnswers(socket)) return fail(running(socket));
  const uid = await agentUser(stateDir, host.uid);
  const sharing = await sharingOf(settings, host, stateDir);
  const emptied = await emptyState({
    stateDir,
    runDir,
    hostsFile,
    uid,
    pid: host.pid,
    ...(sharing && { sharing }),
  });
  if (emptied.kind !== 'ok') return emptied;
  const ownHome = host.env['HOME'];
  const view = {
    home: { kind: 'none' },
    isImage: true,
    ...(ownHome === undefined ? {} : { ownHome }),
  } as const;
  return ok({
    emptied: emptied.value.map(({ path, sha256 }) => ({ path, sha256 })),
    findings: [...checkEnvironment(host.env, credentials, true), ...examineLeaks(root, stateDir, view)],
  });
}

function running(socket: string): Fault {
  return {
    code: 'LF_STATE_LOCKED',
    operation: 'empty',
    subject: 'the state of landfall',
    cause: `the daemon runs, it answers at ${socket}`,
    hint: 'Stop it for good: systemctl disable --now landfall, or as you have started it.',
  };
}
