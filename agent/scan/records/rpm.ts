import { copyFileSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import { bdbHeaders } from './rpm-bdb.ts';
import { addRpmHeader } from './rpm-header.ts';
import { ndbHeaders } from './rpm-ndb.ts';
import { ClaimTable, type PackageRecord } from './package-record.ts';

/** Of most, of Fedora and SUSE, and of images that are trees of ostree. */
const FOLDERS = ['var/lib/rpm', 'usr/lib/sysimage/rpm', 'usr/share/rpm'];

/** rpm's record below `root`, without rpm: its SQLite, ndb and Berkeley DB forms. Undefined where there is none. */
export function rpmRecord(root: string): PackageRecord | undefined {
  for (const folder of FOLDERS) {
    const sqlite = join(root, folder, 'rpmdb.sqlite');
    const ndb = join(root, folder, 'Packages.db');
    const bdb = join(root, folder, 'Packages');
    const headers = isFile(sqlite)
      ? sqliteHeaders(sqlite)
      : isFile(ndb)
        ? ndbHeaders(readFileSync(ndb))
        : isFile(bdb)
          ? bdbHeaders(readFileSync(bdb))
          : [];
    const table = new ClaimTable();
    let count = 0;
    try {
      for (const header of headers) {
        addRpmHeader(header, table);
        count += 1;
      }
    } catch {
      // A damaged database vouches for what was read before.
    }
    if (count > 0) return table;
  }
  return undefined;
}

/**
 * Read as if nobody could write to it, for SQLite would put its lock and index files on the image. A journal that was not
 * merged holds what was installed last, so then a copy is read.
 */
function* sqliteHeaders(file: string): Generator<Buffer> {
  const journal = `${file}-wal`;
  const hasJournal = isFile(journal) && statSync(journal).size > 0;
  const folder = hasJournal ? mkdtempSync(join(tmpdir(), 'landfall-rpmdb-')) : undefined;
  try {
    if (folder !== undefined) {
      copyFileSync(file, join(folder, 'rpmdb.sqlite'));
      copyFileSync(journal, join(folder, 'rpmdb.sqlite-wal'));
    }
    yield* rowsOf(
      folder === undefined ? immutable(file) : join(folder, 'rpmdb.sqlite'),
      folder === undefined,
    );
  } finally {
    if (folder !== undefined) rmSync(folder, { recursive: true });
  }
}

function* rowsOf(database: string | URL, readOnly: boolean): Generator<Buffer> {
  using open = new DatabaseSync(database, { readOnly });
  for (const { blob } of open.prepare('SELECT blob FROM Packages ORDER BY hnum').iterate()) {
    if (blob instanceof Uint8Array) yield Buffer.from(blob.buffer, blob.byteOffset, blob.byteLength);
  }
}

function immutable(file: string): URL {
  const url = pathToFileURL(file);
  url.searchParams.set('immutable', '1');
  return url;
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}
