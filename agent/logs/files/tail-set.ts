import type { Landing } from '#config-service';
import type { Clock } from '#kit/clock.ts';
import { CopyWatch } from './copy-watch.ts';
import type { DescriptorPool } from './descriptor-pool.ts';
import type { FileCheckpoint, SourceCheckpoint } from './file-checkpoint.ts';
import { FinishedFiles } from './finished-files.ts';
import type { FileRules } from './file-rules.ts';
import { inodeKey, type FileSystem, type OpenFile } from './file-system.ts';
import { compileGlobs, type ExpandGlobs, type Expansion, type FoundFile } from './glob.ts';
import { beginningOf, inheritedAgain } from './inheritance.ts';
import type { CountInherited, CountLoss } from './losses.ts';
import { RotationIndex } from './rotation-index.ts';
import { PendingCheckpoints } from './pending-checkpoints.ts';
import {
  compareFound,
  findContent,
  InodeSearch,
  rotationsOf,
  successorsOf,
  type Sibling,
} from './rotated-siblings.ts';
import { packingOf } from './rotation-name.ts';
import { RotationOrder } from './rotation-order.ts';
import { TailAccess } from './tail-access.ts';
import { TailedFile, type Evidence } from './tailed-file.ts';

export interface TailSetParts {
  readonly system: FileSystem;
  readonly clock: Clock;
  readonly descriptors: DescriptorPool;
  readonly lost: CountLoss;
  readonly landing?: Landing | undefined;
  readonly leftOut: CountInherited;
}

/** Timestamps of files tick every few milliseconds on ext4, every two seconds on FAT: younger ones prove nothing. */
const MTIME_TICK_MS = 2_000;

/** The files of one entry through all that rotation does to them: who they are, and who follows whom. */
export class TailSet {
  readonly #parts: TailSetParts;
  #rules: FileRules;
  #expand: ExpandGlobs;
  readonly #copies: CopyWatch;
  readonly #inodes: InodeSearch;
  readonly #access: TailAccess;
  /** By inode. */
  readonly #files = new Map<string, TailedFile>();
  readonly #succession = new RotationOrder();
  readonly #finished: FinishedFiles;
  #expansion: Expansion | undefined;
  readonly #pending: PendingCheckpoints;
  #isFirstPoll = true;
  #sightings = 0;

  constructor(rules: FileRules, parts: TailSetParts, toResume: SourceCheckpoint | undefined) {
    this.#rules = rules;
    this.#parts = parts;
    this.#expand = compileGlobs(rules.globs, parts.system);
    this.#inodes = new InodeSearch(parts.system);
    this.#access = new TailAccess(parts.system, parts.descriptors, this.#inodes);
    this.#copies = new CopyWatch(parts.system);
    this.#pending = new PendingCheckpoints(toResume?.files ?? [], parts);
    this.#finished = new FinishedFiles(parts.system, toResume?.finished ?? []);
    this.#isFirstPoll = toResume === undefined;
  }

  get files(): readonly TailedFile[] {
    return [...this.#files.values()];
  }

  /** Grows with each file that is met for the first time: a checkpoint that does not hold it would forget it. */
  get sightings(): number {
    return this.#sightings;
  }

  /** Checkpoints of files that were not found yet. */
  get pending(): readonly FileCheckpoint[] {
    return this.#pending.checkpoints;
  }

  /** Evidence of the files that were let go last. */
  get finished(): readonly Evidence[] {
    return this.#finished.evidence;
  }

  /** What the last look found; undefined before the first. */
  get expansion(): Expansion | undefined {
    return this.#expansion;
  }

  /** Offsets are kept; files that the new globs do not match are read to their end and let go. */
  reconfigure(rules: FileRules): void {
    this.#rules = rules;
    this.#expand = compileGlobs(rules.globs, this.#parts.system);
    for (const file of this.#files.values()) file.read.framer = undefined;
  }

  async poll(): Promise<void> {
    this.#inodes.forget();
    const expansion = await this.#expand();
    this.#expansion = expansion;
    if (this.#pending.checkpoints.length > 0) await this.#resume(expansion);
    for (const file of this.#files.values()) await this.#follow(file, expansion);
    const fresh = [...expansion.files.values()].filter(({ stat }) => !this.#files.has(inodeKey(stat)));
    const origins = new RotationIndex(fresh.length > 0 ? this.#files.values() : []);
    for (const found of fresh.toSorted(compareFound)) await this.#begin(found, expansion, origins);
    for (const file of this.#files.values()) await this.#letGo(file);
    this.#isFirstPoll = false;
  }

  withOpen<T>(file: TailedFile, work: (open: OpenFile) => Promise<T>): Promise<T | undefined> {
    return this.#access.withOpen(file, work);
  }

  /** The bytes before the offset are others now: the rest of what was there is looked for, and the inode begins anew. */
  async replaced(file: TailedFile): Promise<void> {
    const { system, clock, lost, descriptors } = this.#parts;
    const wanted = { evidence: file.read.evidence, mtimeMs: file.knownMtimeMs, size: file.knownSize };
    const siblings = await rotationsOf(system, file.originalPath);
    const unknown = siblings.filter(({ stat }) => !this.#files.has(inodeKey(stat)));
    const copy = await findContent(system, unknown, wanted);
    const rest = copy && this.#adopt(copy, file.originalPath, undefined);
    if (rest) {
      rest.resume(file.read.offset, file.read.tail, file.read.head, file.inherited);
      this.#markDetached(rest, true);
    } else if (file.unread > 0) lost('truncated', file.unread, file.path);
    const stat = (await this.withOpen(file, (open) => open.stat())) ?? file.emptyStat;
    const next = new TailedFile(file.path, stat, 0, clock.monotonic());
    next.firstPath = file.firstPath;
    next.location = file.location;
    next.detachedAt = file.detachedAt;
    const before = { path: file.originalPath, key: file.key, mtimeMs: file.knownMtimeMs };
    next.after = await this.#adoptSuccessors(rest, before, siblings);
    this.#succession.replaced(file, next, this.files);
    descriptors.pass(file, next);
    this.#files.set(file.key, next);
  }

  async close(): Promise<void> {
    for (const file of this.#files.values()) await this.#parts.descriptors.release(file);
  }

  async #resume(expansion: Expansion): Promise<void> {
    const placed = await this.#pending.place(expansion, this.#inodes, (key) => this.#files.has(key));
    for (const [{ firstPath, offset, head, mtimeMs, inherited = 0 }, place] of placed) {
      const file = new TailedFile(place.path, place.stat, offset, this.#parts.clock.monotonic());
      file.resume(offset, place.tail, head, inheritedAgain(inherited, this.#parts.landing));
      file.knownMtimeMs = Math.min(mtimeMs, place.stat.mtimeMs);
      file.firstPath = firstPath;
      this.#files.set(file.key, file);
      if (!expansion.files.has(file.key)) this.#markDetached(file, place.isCopy);
    }
    // Only now is it known who is who: a successor must be none of them.
    const youngest = placed.length === 0 ? [] : this.#succession.resumed(this.files);
    for (const [path, file] of youngest) {
      if (file.path !== path) await this.#leave(path, file, expansion);
    }
    // What came behind a file that is gone by now was written while nobody looked: it is there all the same.
    for (const { firstPath: path, mtimeMs } of this.#pending.checkpoints) {
      const siblings = await rotationsOf(this.#parts.system, path);
      const last = await this.#adoptSuccessors(undefined, { path, mtimeMs }, siblings, expansion);
      if (last) this.#succession.left(path, last, last);
    }
  }

  async #follow(file: TailedFile, expansion: Expansion): Promise<void> {
    const { clock, lost } = this.#parts;
    const { path } = file;
    const found = expansion.files.get(file.key);
    const settledBefore = clock.now() - MTIME_TICK_MS;
    let hasLeft = false;
    if (found && file.isResting && !(await this.#access.isStill(file, found))) {
      await this.#forget(file);
    } else if (found) {
      file.isResting = false;
      file.location = 'live';
      file.detachedAt = undefined;
      file.isFinal = false;
      file.path = found.path;
      file.observe(found.stat, settledBefore, clock.monotonic());
      hasLeft = found.path !== path;
    } else if (file.location !== 'copy') {
      const stat = await this.#access.stat(file);
      if (!stat && file.problem !== 'ENOENT') return;
      // A name that changed while it was looked for is found by the next look.
      if (!stat && !file.isMissing) {
        file.isMissing = true;
        return;
      }
      if (!stat) {
        if (file.unread > 0) lost('vanished', file.unread, path);
        // Those that came and went after it are there all the same.
        if (file.location === 'live') await this.#leave(path, file, expansion);
        await this.#forget(file);
        return;
      }
      file.isMissing = false;
      hasLeft = file.location === 'live';
      file.observe(stat, settledBefore, clock.monotonic());
      file.detach(stat.links === 0 ? 'deleted' : 'rotated', clock.monotonic());
    }
    if (hasLeft) await this.#leave(path, file, expansion);
  }

  async #leave(path: string, file: TailedFile, expansion: Expansion): Promise<void> {
    const siblings = await rotationsOf(this.#parts.system, path);
    this.#succession.left(
      path,
      file,
      await this.#adoptSuccessors(
        file,
        { path, key: file.key, mtimeMs: file.knownMtimeMs },
        siblings,
        expansion,
      ),
    );
  }

  async #begin({ path, stat }: FoundFile, expansion: Expansion, origins: RotationIndex): Promise<void> {
    const { clock, landing } = this.#parts;
    if (await this.#pending.mayHold(path, stat)) return;
    if (await this.#copies.isCopyUnderWay(path, stat, origins, (file, work) => this.withOpen(file, work)))
      return;
    const around = { now: clock.now(), landing, isFirstLook: this.#isFirstPoll };
    const { offset, inherited, leftOut } = beginningOf(stat, this.#rules, around);
    const file = new TailedFile(path, stat, offset, clock.monotonic(), inherited);
    this.#parts.leftOut(leftOut);
    const origin = this.#succession.originOf(path);
    const last = this.#succession.lastOf(origin);
    const siblings = last && path === origin ? await rotationsOf(this.#parts.system, path) : [];
    if (last) {
      const before = { path, key: last.key, mtimeMs: last.knownMtimeMs };
      this.#succession.arrived(origin, file, await this.#adoptSuccessors(last, before, siblings, expansion));
    }
    this.#files.set(file.key, file);
    this.#sightings += 1;
    origins.add(file);
    // Held from now on: what is deleted before it was read is read all the same.
    await this.withOpen<unknown>(file, (open) => (offset > 0 ? file.skipTo(open) : file.see(open)));
  }

  /** Files that came and went under a path between two looks, read in their order behind `first` (case 3). Returns the last. */
  async #adoptSuccessors<T extends TailedFile | undefined>(
    first: T,
    before: { readonly path: string; readonly key?: string; readonly mtimeMs: number },
    siblings: readonly Sibling[],
    expansion?: Expansion,
  ): Promise<TailedFile | T> {
    const isKnown = (key: string) => this.#files.has(key) || expansion?.files.has(key) === true;
    // What was last written before the landing is another instance's, whatever it came after.
    const landedAt = this.#parts.landing?.at ?? 0;
    const own = siblings.filter(({ stat }) => stat.mtimeMs >= landedAt);
    let last: TailedFile | T = first;
    for (const sibling of successorsOf(own, before, isKnown)) {
      const wasRead = await this.#finished.wasRead(sibling.path, this.files);
      if (wasRead || (await this.#pending.mayBe(sibling.path, sibling.stat))) continue;
      last = this.#adopt(sibling, before.path, last);
    }
    return last;
  }

  /** Takes on a file that no glob matches, or not yet. */
  #adopt(sibling: Sibling, firstPath: string, after: TailedFile | undefined): TailedFile {
    const file = new TailedFile(sibling.path, sibling.stat, 0, this.#parts.clock.monotonic());
    file.firstPath = firstPath;
    file.after = after;
    this.#files.set(file.key, file);
    this.#sightings += 1;
    this.#markDetached(file, packingOf(sibling.path) !== undefined);
    return file;
  }

  #markDetached(file: TailedFile, isCopy: boolean): void {
    file.detach(isCopy ? 'copy' : 'rotated', this.#parts.clock.monotonic());
    file.isFinal = isCopy;
  }

  async #letGo(file: TailedFile): Promise<void> {
    if (file.detachedAt === undefined) return;
    const now = this.#parts.clock.monotonic();
    const { rotatedQuietMs, rotatedHoldMs, deletedQuietMs, deletedHoldMs } = this.#rules;
    if (file.isCaughtUp) {
      if (file.isFinal) return await this.#forget(file);
      const quietMs = now - Math.max(file.grownAt, file.detachedAt);
      const mayRest = file.location === 'rotated' && file.read.pendingFrom < 0 && !file.isResting;
      if (mayRest && quietMs >= rotatedHoldMs && this.#hasSuccessor(file)) await this.#access.rest(file);
      if (quietMs < (file.location === 'deleted' ? deletedQuietMs : rotatedQuietMs)) return;
      if (file.read.pendingFrom < 0) return await this.#forget(file);
      file.isFinal = true;
      file.isDirty = true;
    } else if (file.location === 'deleted' && now - file.detachedAt >= deletedHoldMs) {
      this.#parts.lost('deleted', file.unread, file.path);
      await this.#forget(file);
    }
  }

  /** Whoever wrote to it has gone over to the next one of its path. */
  #hasSuccessor({ key, originalPath }: TailedFile): boolean {
    const live = [...(this.#expansion?.files ?? [])];
    return live.some(([other, { path, stat }]) => other !== key && path === originalPath && stat.size > 0);
  }

  async #forget(file: TailedFile): Promise<void> {
    this.#succession.ended(file);
    this.#finished.add(file);
    if (this.#files.get(file.key) === file) this.#files.delete(file.key);
    await this.#parts.descriptors.release(file);
  }
}
