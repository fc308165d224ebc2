import type { LossCause } from './losses.ts';
import type { TailSet } from './tail-set.ts';
import type { TailedFile, Whereabouts } from './tailed-file.ts';

export interface FileStatus {
  readonly path: string;
  readonly location: Whereabouts;
  /** `device:inode`. */
  readonly identity: string;
  /** Bytes: read, acknowledged, there. */
  readonly offset: number;
  readonly acknowledged: number;
  readonly size: number;
  /** There, and not acknowledged. */
  readonly lagBytes: number;
  /** An errno, while the file cannot be read. */
  readonly problem?: string;
}

export interface FileSourceStatus {
  readonly files: readonly FileStatus[];
  readonly lagBytes: number;
  /** Files that have lost their name and are still read. */
  readonly rotatedPending: number;
  /** Bytes that are in no event, by cause. */
  readonly lost: Readonly<Partial<Record<LossCause, number>>>;
  /** Bytes of holes that were passed over (case 11). */
  readonly nulls: number;
  /** Bytes that were passed over because another instance wrote them, before the disk came to this one (case 34). */
  readonly inherited: { readonly bytes: number };
  /** Paths that cannot be looked at, with the errno. */
  readonly refused: Readonly<Record<string, string>>;
}

export function fileSourceStatus(
  tails: TailSet,
  lost: ReadonlyMap<LossCause, number>,
  nulls: number,
  inheritedBytes: number,
): FileSourceStatus {
  const files = tails.files.map((file) => fileStatusOf(file));
  return {
    files,
    lagBytes: sum(files.map(({ lagBytes }) => lagBytes)),
    rotatedPending: files.filter(({ location }) => location !== 'live').length,
    lost: Object.fromEntries(lost),
    nulls,
    inherited: { bytes: inheritedBytes },
    refused: Object.fromEntries(tails.expansion?.refused ?? []),
  };
}

function fileStatusOf(file: TailedFile): FileStatus {
  const { path, location, size, problem } = file;
  return {
    path,
    location,
    identity: file.key,
    offset: file.read.offset,
    acknowledged: file.acknowledged.offset,
    size,
    lagBytes: Math.max(0, size - file.acknowledged.offset),
    ...(problem === undefined ? {} : { problem }),
  };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
