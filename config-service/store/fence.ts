import { ok, fail, type Fail, type Outcome } from '../kit/outcome.ts';
import { diskFault } from './disk-fault.ts';
import type { FencedFile, FenceReason } from './fenced-file.ts';
import { Sweep, type Obstacle } from './sweep.ts';
import { compareStamps, type Stamp } from './stamp.ts';

/** What to do with what came from elsewhere: destroy it, or put it where only this user can look at it. */
export type FenceMode = 'purge' | 'quarantine';

export interface FenceOptions {
  /** The state folder; one that does not exist holds nothing. */
  readonly folder: string;
  /** False when the folder takes no writes now. */
  readonly writable: boolean;
  readonly here: Stamp;
  /** Effective user id of this process. */
  readonly uid: number;
  readonly mode: FenceMode;
  /** Told of each file as it goes, so that a boot that is cut short has said so. */
  readonly onRemoved?: (file: FencedFile) => void;
}

export interface Fenced {
  readonly removed: readonly FencedFile[];
  /** What had to go from a folder that takes no writes: nothing of it is used, and what holds values does not open. */
  readonly left: readonly LeftFile[];
  /** The register could not be read, so that rendered files may be left on this host under names nobody knows. */
  readonly namesLost: boolean;
}

export interface LeftFile {
  readonly path: string;
  readonly kind: FencedFile['kind'];
  /** `unproven` also for what could not be read at all. */
  readonly reason: FenceReason;
}

/**
 * Law 3, at boot: everything that is not this instance's leaves before it can matter, state and the files that were
 * rendered from it alike. To be called with the state lock held, after the identity document and before any other network
 * call. It may be killed anywhere and run again. Files Landfall did not name are not touched.
 *
 * A fault means that something foreign may still lie there, and the boot has to end: `LF_REGION_LEFT` for a rendered file
 * that cannot be removed, `LF_STATE_DIR` for state. State may stay in a folder that takes no writes: its stamp is judged
 * again at each load. A register that cannot be trusted (torn, newer, of another owner) goes, but nothing on its say.
 */
export async function fenceState(options: FenceOptions): Promise<Outcome<Fenced>> {
  const { folder, writable, here, uid, mode, onRemoved = () => {} } = options;
  const sweep = new Sweep({
    folder,
    uid,
    judge: (stamp) => reasonFor(stamp, here),
    keeps: mode === 'quarantine',
    onRemoved,
  });
  try {
    await sweep.rendered();
    await sweep.state();
  } catch (error) {
    return diskFault(error, OPERATION, folder);
  }
  const rendered = sweep.obstacles.filter(({ kind }) => kind === 'rendered');
  if (rendered.length > 0) return leftFault(rendered);
  const [stuck] = sweep.obstacles;
  if (stuck && writable) return diskFault(stuck.error, OPERATION, folder);
  const left = sweep.obstacles.map(({ path, kind, reason = 'unproven' }) => ({ path, kind, reason }));
  return ok({ removed: sweep.removed, left, namesLost: sweep.namesLost });
}

/** Rendered files that should be gone: final until somebody helps. */
export function leftFault(obstacles: readonly Obstacle[]): Fail {
  const problems = obstacles.map(({ path, error }) => ({
    code: 'LF_REGION_LEFT' as const,
    message: error instanceof Error ? error.message : String(error),
    file: path,
  }));
  return fail({
    code: 'LF_REGION_LEFT',
    operation: 'remove',
    subject: problems.length === 1 ? 'a rendered file' : `${problems.length} rendered files`,
    cause: problems[0]?.message ?? 'unknown',
    hint: 'Remove them by hand and start again; `lsattr` shows an immutable flag, `findmnt` a read-only mount.',
    problems,
  });
}

const OPERATION = 'remove foreign state';

function reasonFor(stamp: Stamp | undefined, here: Stamp): FenceReason | undefined {
  const kinship = stamp ? compareStamps(stamp, here) : 'unproven';
  return kinship === 'same' ? undefined : kinship;
}
