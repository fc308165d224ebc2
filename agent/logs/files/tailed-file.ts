import { basename } from 'node:path';
import type { RecordFramer } from '../text/record-cutter.ts';
import type { DescriptorHolder } from './descriptor-pool.ts';
import { inodeKey, type FileStat, type OpenFile } from './file-system.ts';
import type { Inherited } from './inheritance.ts';
import { isRotationOf } from './rotation-name.ts';
import { HEAD_BYTES, MARKER_BYTES, stretchOf, type Stretch } from './fingerprint.ts';

/**
 * `live` is under a name that the globs match; `rotated` has lost it and may still be written to; `deleted` exists through
 * our descriptor only; `copy` is what rotation copied or packed, complete and static.
 */
export type Whereabouts = 'live' | 'rotated' | 'deleted' | 'copy';

/** Where the content of a file is known again by: its head, and the bytes before a place that was read. */
export interface Evidence {
  readonly head: Stretch;
  readonly marker: Stretch;
}

/** How far a content was read. Everything before `offset` was; `FileReader` moves it. */
export class ReadCursor {
  offset: number;
  head: Stretch = stretchOf(new Uint8Array(), 0);
  /** The bytes before `offset`, as they were read. */
  tail: Buffer = Buffer.alloc(0);
  framer: RecordFramer | undefined;
  /** Where what is not complete begins, and since when it waits there. */
  pendingFrom = -1;
  pendingSince = 0;
  /** When what is pending was last made an event of, whether it could be or not. */
  flushedAt = -Infinity;
  /** All there is was read once; the next of its path may begin. */
  hasReachedEnd = false;

  constructor(offset: number) {
    this.offset = offset;
  }

  /** Where what was read last ended: to find the rest of it elsewhere. */
  get evidence(): Evidence {
    return { head: this.head, marker: stretchOf(this.tail, this.offset) };
  }
}

/** How far a content is acknowledged: what is before `offset` need not be read again. `Acknowledgements` moves it. */
export class AcknowledgedCursor {
  offset: number;
  /** The bytes before `markedAt`, a place at or before `offset`. */
  #tail: Buffer = Buffer.alloc(0);
  #markedAt = 0;

  constructor(offset: number) {
    this.offset = offset;
  }

  moveTo(offset: number, tail: Buffer, markedAt: number): void {
    this.offset = offset;
    this.#tail = tail;
    this.#markedAt = markedAt;
  }

  /** The bytes before a place that was read. */
  get marker(): Stretch {
    return stretchOf(this.#tail, this.#markedAt);
  }
}

/** One content from its first byte on: when a file is truncated, its next content is another of these, over the same inode. */
export class TailedFile implements DescriptorHolder {
  readonly device: string;
  readonly inode: string;
  path: string;
  /** Its first path, from which rotation may have taken it. */
  firstPath: string;
  location: Whereabouts = 'live';
  readonly read: ReadCursor;
  readonly acknowledged: AcknowledgedCursor;
  size: number;
  mtimeMs: number;
  /** As they were when this content was last seen to go on: what a truncation took away. */
  knownSize: number;
  knownMtimeMs: number;
  inherited: Inherited;
  /** The marker of what is inherited was sent. */
  isMarked = false;
  /** Made by the monotonic clock: last growth, and when it stopped being `live`. */
  grownAt: number;
  detachedAt: number | undefined;
  /** Nothing will be written to it any more: what is not complete at its end is an event. */
  isFinal = false;
  /** Something may have changed since the last read. */
  isDirty = true;
  /** Its mtime is so young that a change may not show in it. */
  isUnsettled = true;
  /** Read before this one, because it bore the name before. */
  after: TailedFile | undefined;
  /** The last look found it nowhere. */
  isMissing = false;
  /** Read to its end and not held open: where its name is gone, so is the file. */
  isResting = false;
  /** Why the last try to open or read it failed. */
  problem: string | undefined;

  constructor(path: string, stat: FileStat, offset: number, monotonic: number, inherited: Inherited = 0) {
    this.device = stat.device;
    this.inode = stat.inode;
    this.path = path;
    this.firstPath = path;
    this.read = new ReadCursor(offset);
    this.acknowledged = new AcknowledgedCursor(offset);
    this.size = stat.size;
    this.mtimeMs = stat.mtimeMs;
    this.knownSize = stat.size;
    this.knownMtimeMs = stat.mtimeMs;
    this.grownAt = monotonic;
    this.inherited = inherited;
  }

  get key(): string {
    return inodeKey(this);
  }

  /** What names of rotation are made from. */
  get originalPath(): string {
    return isRotationOf(this.firstPath, basename(this.path)) ? this.firstPath : this.path;
  }

  /** Stat of its next content, before anybody has seen it. */
  get emptyStat(): FileStat {
    const { device, inode, mtimeMs } = this;
    return { device, inode, size: 0, mtimeMs, links: 1, kind: 'file' };
  }

  get isUnlinked(): boolean {
    return this.location === 'deleted';
  }

  get isCaughtUp(): boolean {
    return this.read.hasReachedEnd && !this.isDirty;
  }

  /** Where what was acknowledged last ended, for a checkpoint. */
  get acknowledgedEvidence(): Evidence {
    return { head: this.read.head, marker: this.acknowledged.marker };
  }

  /** Goes on behind `offset` of a content that was known before. */
  resume(offset: number, tail: Buffer, head: Stretch, inherited: Inherited): void {
    this.inherited = inherited;
    this.read.offset = offset;
    this.read.tail = tail;
    this.read.head = head;
    this.acknowledged.moveTo(offset, tail, offset);
  }

  /** @param settledBefore wall clock: younger changes may hide behind the same mtime. */
  observe(stat: FileStat, settledBefore: number, monotonic: number): void {
    const hasChanged = stat.size !== this.size || stat.mtimeMs !== this.mtimeMs;
    if (hasChanged || this.isUnsettled) this.isDirty = true;
    if (stat.size !== this.size) this.grownAt = monotonic;
    // Not the new size, which may be that of another content: the next read tells.
    if (this.size > this.knownSize) this.knownSize = this.size;
    this.isUnsettled = stat.mtimeMs > settledBefore;
    this.size = stat.size;
    this.mtimeMs = stat.mtimeMs;
  }

  /** Goes on at `offset` of a file that was not read. Without the bytes before, nobody could tell when it is truncated. */
  async skipTo(open: OpenFile): Promise<FileStat> {
    const { offset } = this.read;
    const tail = Buffer.alloc(Math.min(MARKER_BYTES, offset));
    const head = Buffer.alloc(Math.min(HEAD_BYTES, offset));
    await open.read(tail, offset - tail.length);
    await open.read(head, 0);
    this.resume(offset, tail, stretchOf(head, head.length), this.inherited);
    return await open.stat();
  }

  /**
   * Before anything of it is read: another file that gets its inode must not be taken for it. NULs may be written over.
   * Returns how many bytes there are, up to `HEAD_BYTES`.
   */
  async see(open: OpenFile): Promise<number> {
    const head = Buffer.alloc(Math.min(HEAD_BYTES, this.size));
    const count = await open.read(head, 0);
    if (count > 0 && head[0] !== 0) this.read.head = stretchOf(head.subarray(0, count), count);
    return count;
  }

  /** The bytes before the offset were still those that were read. */
  verified(): void {
    this.knownSize = Math.max(this.knownSize, this.size);
    this.knownMtimeMs = this.mtimeMs;
  }

  /** Bytes that are there, as far as is known, and were not read. */
  get unread(): number {
    return Math.max(0, this.knownSize - this.read.offset);
  }

  detach(location: Whereabouts, monotonic: number): void {
    this.location = location;
    this.detachedAt ??= monotonic;
  }
}
