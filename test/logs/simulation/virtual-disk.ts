import { basename, dirname } from 'node:path';
import type { FileStat, FileSystem, OpenFile } from '#agent/logs/files/file-system.ts';
import type { Clock } from '#kit/clock.ts';
import type { Life } from './life.ts';

/** Where everything happens: one folder, flat. */
export const FOLDER = '/log';

/** ext4 stamps times in ticks of the kernel's clock. */
const TICK_MS = 4;

/** A file of the disk, under a name or held by descriptors only. */
export interface Inode {
  readonly number: number;
  bytes: Buffer;
  mtimeMs: number;
  links: number;
  handles: number;
}

/** A disk in memory whose stamps come from the clock of the host, and who gives inode numbers away again as ext4 does. */
export class VirtualDisk {
  readonly #clock: Clock;
  readonly #reusesInodes: boolean;
  readonly #names = new Map<string, Inode>();
  readonly #taken = new Map<number, Inode>();
  #watchers: (() => void)[] = [];
  #nextNumber = 11;
  /** Paths that may not be opened now. */
  readonly denied = new Set<string>();

  constructor(clock: Clock, reusesInodes: boolean) {
    this.#clock = clock;
    this.#reusesInodes = reusesInodes;
  }

  at(path: string): Inode | undefined {
    return this.#names.get(path);
  }

  create(path: string): Inode {
    const number = this.#freeNumber();
    const inode = { number, bytes: Buffer.alloc(0), mtimeMs: this.#now(), links: 1, handles: 0 };
    this.#taken.set(number, inode);
    this.#names.set(path, inode);
    this.#changed();
    return inode;
  }

  append(inode: Inode, text: string): void {
    inode.bytes = Buffer.concat([inode.bytes, Buffer.from(text)]);
    inode.mtimeMs = this.#now();
    this.#changed();
  }

  truncate(inode: Inode): void {
    inode.bytes = Buffer.alloc(0);
    inode.mtimeMs = this.#now();
    this.#changed();
  }

  copy(from: string, to: string): void {
    const source = this.#names.get(from);
    if (source) this.append(this.create(to), source.bytes.toString());
  }

  /** The name it had goes to nobody; who was there before is unlinked. */
  rename(from: string, to: string): void {
    const inode = this.#names.get(from);
    if (!inode) return;
    this.unlink(to);
    this.#names.delete(from);
    this.#names.set(to, inode);
    this.#changed();
  }

  unlink(path: string): void {
    const inode = this.#names.get(path);
    if (!inode) return;
    this.#names.delete(path);
    inode.links -= 1;
    this.#forget(inode);
    this.#changed();
  }

  /** The disk as a process sees it, for as long as that lives. */
  seenBy(life: Life): FileSystem {
    return {
      stat: (path) => life.step(() => (path === FOLDER ? FOLDER_STAT : this.#statAt(path))),
      list: (folder) =>
        life.step(() =>
          [...this.#names.keys()]
            .filter((path) => dirname(path) === folder)
            .map((path) => ({ name: basename(path), kind: 'file' as const })),
        ),
      open: (path) => life.step(() => this.#open(path, life)),
      watch: (_folder, changed) => {
        const tell = (): void => {
          if (life.isAlive) changed();
        };
        this.#watchers.push(tell);
        return () => (this.#watchers = this.#watchers.filter((other) => other !== tell));
      },
    };
  }

  #open(path: string, life: Life): OpenFile | undefined {
    if (this.denied.has(path)) throw Object.assign(new Error('denied'), { code: 'EACCES' });
    const inode = this.#names.get(path);
    if (!inode) return undefined;
    inode.handles += 1;
    let isOpen = true;
    const close = (): void => {
      if (!isOpen) return;
      isOpen = false;
      inode.handles -= 1;
      this.#forget(inode);
    };
    life.atEnd(close);
    return {
      stat: () => life.step(() => statOf(inode)),
      read: (buffer, position) =>
        life.step(() => inode.bytes.subarray(position, position + buffer.length).copy(buffer)),
      close: () => life.step(close),
    };
  }

  #statAt(path: string): FileStat | undefined {
    const inode = this.#names.get(path);
    return inode && statOf(inode);
  }

  #freeNumber(): number {
    if (this.#reusesInodes) {
      for (let number = 11; number < this.#nextNumber; number += 1)
        if (!this.#taken.has(number)) return number;
    }
    this.#nextNumber += 1;
    return this.#nextNumber - 1;
  }

  #forget(inode: Inode): void {
    if (inode.links === 0 && inode.handles === 0) this.#taken.delete(inode.number);
  }

  #changed(): void {
    for (const tell of this.#watchers.splice(0)) tell();
  }

  #now(): number {
    return Math.floor(this.#clock.now() / TICK_MS) * TICK_MS;
  }
}

const FOLDER_STAT: FileStat = { device: '1', inode: '2', size: 0, mtimeMs: 0, links: 2, kind: 'folder' };

function statOf({ number, bytes, mtimeMs, links }: Inode): FileStat {
  return { device: '1', inode: String(number), size: bytes.length, mtimeMs, links, kind: 'file' };
}
