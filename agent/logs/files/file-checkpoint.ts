import type { Checkpoint } from '../base/checkpoints.ts';
import type { Stretch } from './fingerprint.ts';
import type { Evidence, TailedFile } from './tailed-file.ts';

/** How far one file was acknowledged, and what it is known again by. No byte of it. */
export interface FileCheckpoint extends Evidence {
  readonly path: string;
  /** The path from which rotation took it, or `path`. */
  readonly firstPath: string;
  readonly device: string;
  readonly inode: string;
  /** Offset in the unpacked content, as all positions are. */
  readonly offset: number;
  readonly size: number;
  readonly mtimeMs: number;
  /** Behind what another instance wrote, when that was not all acknowledged; `sought`: its times have yet to tell. */
  readonly inherited?: number | 'sought';
}

/** All files of one entry. A version that is not known is read as none: files are then read again, not skipped (case 32). */
export const CHECKPOINT_VERSION = 1;

export interface SourceCheckpoint {
  readonly files: readonly FileCheckpoint[];
  /** Of rotated files that were let go last: after a restart they must not look like files that nobody has read. */
  readonly finished: readonly Evidence[];
}

/** @param pending of files that were not found yet, as they came. */
export function checkpointOf(
  files: readonly TailedFile[],
  pending: readonly FileCheckpoint[],
  finished: readonly Evidence[],
): Checkpoint {
  return {
    version: CHECKPOINT_VERSION,
    files: [...files.map((file) => fileCheckpointOf(file)), ...pending],
    finished,
  };
}

function fileCheckpointOf(file: TailedFile): FileCheckpoint {
  const { path, device, inode, knownSize: size, knownMtimeMs: mtimeMs } = file;
  const { offset } = file.acknowledged;
  const firstPath = file.originalPath;
  const inherited = typeof file.inherited === 'number' ? file.inherited : 'sought';
  const isOver = typeof inherited === 'number' && inherited <= offset;
  const evidence = file.acknowledgedEvidence;
  return {
    path,
    firstPath,
    device,
    inode,
    offset,
    size,
    mtimeMs,
    ...(isOver ? {} : { inherited }),
    ...evidence,
  };
}

/** Those entries that are what this version writes; the others are left out. */
export function readCheckpoint(checkpoint: Checkpoint): SourceCheckpoint {
  const { version, files, finished } = checkpoint;
  if (version !== CHECKPOINT_VERSION) return { files: [], finished: [] };
  return {
    files: listOf(files).filter((file): file is FileCheckpoint => isFileCheckpoint(file)),
    finished: listOf(finished).filter((evidence): evidence is Evidence => isEvidence(evidence)),
  };
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function isEvidence(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const { head, marker } = value as Record<keyof Evidence, unknown>;
  return isStretch(head) && isStretch(marker);
}

function isFileCheckpoint(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const file = value as Record<keyof FileCheckpoint, unknown>;
  return (
    typeof file.path === 'string' &&
    typeof file.firstPath === 'string' &&
    typeof file.device === 'string' &&
    typeof file.inode === 'string' &&
    isCount(file.offset) &&
    isCount(file.size) &&
    typeof file.mtimeMs === 'number' &&
    (file.inherited === undefined || file.inherited === 'sought' || isCount(file.inherited)) &&
    isStretch(file.head) &&
    isStretch(file.marker) &&
    file.marker.end <= file.offset
  );
}

function isStretch(value: unknown): value is Stretch {
  if (typeof value !== 'object' || value === null) return false;
  const { end, length, hash } = value as Record<keyof Stretch, unknown>;
  return isCount(end) && isCount(length) && length <= end && typeof hash === 'string';
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
