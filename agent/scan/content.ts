import { fstatSync, readSync } from 'node:fs';
import type { RegionOfAddress } from '#config-service';
import type { Collector, Subject } from './report/collector.ts';
import { Damaged, causeOf } from './bytes/damage.ts';
import { HEAD_BYTES, formatOf, type FileFormat } from './archives/file-format.ts';
import { LIMITS } from './bytes/limits.ts';
import { PieceReader, type Pieces } from './bytes/pieces.ts';
import { tarEntries } from './archives/tar-entries.ts';
import { createTextScanner, type TextScanner } from './text/text-scanner.ts';
import { gunzipSmall, unpack, type Budget } from './archives/unpack.ts';
import { utf8Of } from './text/utf16.ts';
import { zipContent } from './archives/zip-content.ts';
import { zipEntries, type RandomAccess } from './archives/zip-index.ts';

const PIECE = 1 << 18;

/** Where in a file the scan is: how many containers deep, and what may still be unpacked. */
interface Level {
  readonly depth: number;
  readonly budget: Budget;
}

/** Looks into one file after the other, containers included. One buffer serves them all. */
export class ContentScanner {
  readonly #collector: Collector;
  readonly #scanner: TextScanner;
  /** Called between two chunks; gives way to timers and signals when it has been long. */
  readonly #breathe: () => Promise<void> | undefined;

  constructor(collector: Collector, breathe: () => Promise<void> | undefined, regionOf?: RegionOfAddress) {
    this.#collector = collector;
    this.#scanner = createTextScanner(collector.add, { regionOf });
    this.#breathe = breathe;
  }

  /** A text without a file of its own, such as where a link points to. */
  scanText(subject: Subject, text: string): void {
    this.#collector.enter(subject);
    this.#scanner.filled(Buffer.from(text).copy(this.#scanner.room()));
    this.#scanner.end();
  }

  /** Undefined when that was all, as for most files: a promise each would cost more than reading them. */
  scanFile(subject: Subject, file: number): Promise<void> | undefined {
    const room = this.#scanner.room();
    const length = readSync(file, room, 0, room.length, null);
    const format = formatOf(room.subarray(0, Math.min(length, HEAD_BYTES)));
    if (format !== 'text') return this.#scanContainerFile(subject, file, format);
    this.#collector.enter(subject);
    this.#scanner.filled(length);
    // A short read is the end of a file on any disk, but not on every file system: only 0 is.
    const more = length === 0 ? 0 : this.#readOn(file);
    if (more > 0) return this.#scanRest(subject, file, length + more);
    this.#scanner.end();
    this.#collector.addFile(subject, length);
    return undefined;
  }

  async #scanRest(subject: Subject, file: number, alreadyRead: number): Promise<void> {
    let total = alreadyRead;
    try {
      for (let length = total; length > 0; total += length) {
        if (total > LIMITS.fileBytes) throw new Damaged('larger than a scan reads; the rest was not read');
        await this.#breathe();
        length = this.#readOn(file);
      }
    } finally {
      this.#scanner.end();
    }
    this.#collector.addFile(subject, total);
  }

  #readOn(file: number): number {
    const room = this.#scanner.room();
    const length = readSync(file, room, 0, room.length, null);
    this.#scanner.filled(length);
    return length;
  }

  async #scanContainerFile(subject: Subject, file: number, format: FileFormat): Promise<void> {
    const { size } = fstatSync(file);
    const level = { depth: 0, budget: { left: LIMITS.unpackedBytes } };
    this.#collector.addFile(subject, size);
    try {
      if (format === 'zip') await this.#scanZip(subject, randomAccess(file, size), level);
      else await this.#scanPieces(subject, smallGzip(file, size, format, level) ?? piecesOf(file), level);
    } catch (error) {
      this.#collector.addUnread(subject, causeOf(error));
      // What is stored as it is can be found all the same.
      if (format === 'zip') await this.#scanStream(subject, piecesOf(file));
    }
  }

  async #scanPieces(subject: Subject, pieces: Pieces, level: Level): Promise<void> {
    const reader = new PieceReader(pieces);
    const format = formatOf(await reader.peek(HEAD_BYTES));
    const content = reader.stream();
    if (format === 'text') return this.#scanStream(subject, content);
    if (format === 'utf-16le' || format === 'utf-16be')
      return this.#scanStream(subject, utf8Of(content, format));
    if (level.depth === LIMITS.depth) throw new Damaged('containers nested too deeply');
    const inner = { ...level, depth: level.depth + 1 };
    if (format === 'tar') return this.#scanTar(subject, reader, inner);
    if (format === 'zip') return this.#scanZip(subject, await inMemory(reader), inner);
    return this.#scanPieces(subject, unpack(content, format, level.budget), inner);
  }

  async #scanTar(subject: Subject, reader: PieceReader, level: Level): Promise<void> {
    for await (const { name, link, content } of tarEntries(reader)) {
      const entry = within(subject, name);
      if (link !== undefined) this.scanText(entry, link);
      await this.#attempt(entry, () => this.#scanPieces(entry, content, level));
    }
  }

  async #scanZip(subject: Subject, zip: RandomAccess, level: Level): Promise<void> {
    for (const entry of zipEntries(zip)) {
      if (entry.name.endsWith('/')) continue;
      const inner = within(subject, entry.name);
      await this.#attempt(inner, () => this.#scanPieces(inner, zipContent(zip, entry, level.budget), level));
    }
  }

  /** One entry that cannot be read is reported, and does not hide the others. */
  async #attempt(subject: Subject, scan: () => Promise<void>): Promise<void> {
    try {
      await scan();
    } catch (error) {
      this.#collector.addUnread(subject, causeOf(error));
    }
  }

  async #scanStream(subject: Subject, pieces: Pieces): Promise<void> {
    this.#collector.enter(subject);
    try {
      for await (const piece of pieces) {
        for (let at = 0; at < piece.length;) {
          const room = this.#scanner.room();
          const part = piece.subarray(at, at + room.length);
          room.set(part);
          this.#scanner.filled(part.length);
          at += part.length;
        }
        await this.#breathe();
      }
    } finally {
      this.#scanner.end();
    }
  }
}

function within({ path, relative }: Subject, name: string): Subject {
  return { path: `${path}!/${name}`, relative: `${relative}!/${name}` };
}

function smallGzip(file: number, size: number, format: FileFormat, level: Level): Pieces | undefined {
  if (format !== 'gzip' || size > LIMITS.smallPackedBytes) return undefined;
  const whole = gunzipSmall(randomAccess(file, size).read(0, size), level.budget);
  return whole && [whole];
}

function* piecesOf(file: number): Generator<Uint8Array> {
  for (let position = 0; ;) {
    const piece = Buffer.allocUnsafe(PIECE);
    const length = readSync(file, piece, 0, PIECE, position);
    if (length === 0) return;
    position += length;
    yield piece.subarray(0, length);
  }
}

function randomAccess(file: number, size: number): RandomAccess {
  return {
    size,
    read: (position, length) => {
      const bytes = Buffer.allocUnsafe(Math.max(0, Math.min(length, size - position)));
      return bytes.subarray(0, readSync(file, bytes, 0, bytes.length, position));
    },
  };
}

async function inMemory(reader: PieceReader): Promise<RandomAccess> {
  const whole = await reader.peek(LIMITS.nestedZipBytes + 1);
  if (whole.length > LIMITS.nestedZipBytes) throw new Damaged('a zip in a container, too large to be opened');
  return {
    size: whole.length,
    read: (position, length) => whole.subarray(position, position + length),
  };
}
