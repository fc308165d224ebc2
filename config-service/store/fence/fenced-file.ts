import type { Stamp } from '../stamp/stamp.ts';

/** Why a file did not pass. */
export type FenceReason =
  /** Stamped by another region, account or partition: this disk was copied here. */
  | 'foreign'
  /** Stamped by another instance of this region. */
  | 'other-instance'
  /** Without a stamp that can be read: torn, damaged, of another version. Nothing says that it is from here. */
  | 'unproven'
  /** Half written when a process was killed, or made for an earlier boot. */
  | 'leftover'
  /** Everything had to go: an image is going to be made. */
  | 'emptied';

/** For events and `status`: names and digests, never content. */
export interface FencedFile {
  readonly path: string;
  /**
   * `rendered`, `link`, `tree`, `folder`: put in place by the plan, anywhere on this host. `run`: a private folder below the
   * run folder. `lines`: of a file that others write, too.
   */
  readonly kind:
    | 'sealed'
    | 'stamped'
    | 'register'
    | 'rendered'
    | 'link'
    | 'tree'
    | 'folder'
    | 'run'
    | 'lines';
  readonly reason: FenceReason;
  readonly action: 'purged' | 'quarantined';
  /** Lower-case hex SHA-256 of the file as it lay there; empty for what was no regular file. */
  readonly sha256: string;
  /** Number of files that went with a tree; 0 when it was moved as a whole. */
  readonly files?: number;
  /** Names of the same file (hard links) that nobody knows, when there were any. */
  readonly otherNames?: number;
  /** Whose it was, when that could be read. */
  readonly stamp?: Stamp;
}

/** A file that has to go and did not, or that could not even be judged. */
export interface Obstacle {
  readonly path: string;
  readonly kind: FencedFile['kind'];
  /** Undefined when it could not be judged. */
  readonly reason?: FenceReason;
  readonly error: unknown;
}

/** What the plan has put on the host, unlike state. */
export const PUT_KINDS: ReadonlySet<FencedFile['kind']> = new Set([
  'rendered',
  'link',
  'tree',
  'folder',
  'lines',
]);
