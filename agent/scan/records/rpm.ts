import { copyFileSync, mkdtempSync, readFileSync, realpathSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import { bdbHeaders } from './rpm-bdb.ts';
import { addRpmHeader, rpmIdentity } from './rpm-header.ts';
import { ndbHeaders } from './rpm-ndb.ts';
import { ClaimTable, type PackageRecord } from './package-record.ts';

/** Folders of the database: of most distributions, of Fedora and SUSE, and of ostree images. */
const FOLDERS = ['var/lib/rpm', 'usr/lib/sysimage/rpm', 'usr/share/rpm'];

/** rpm's record below `root`, without rpm: its SQLite, ndb and Berkeley DB forms. Undefined where there is none. */
export function rpmRecord(root: string): PackageRecord | undefined {
  const table = new ClaimTable();
  return eachHeader(root, (header) => addRpmHeader(header, table)) > 0 ? table : undefined;
}

/** What is installed: `openssl.x86_64` to its version; of several beside each other, as kernels are, to all of them. */
export function rpmPackages(root: string): ReadonlyMap<string, string> {
  const versions = new Map<string, string[]>();
  eachHeader(root, (header) => {
    const found = rpmIdentity(header);
    if (!found) return;
    const { name, version } = found;
    versions.set(name, [...(versions.get(name) ?? []), version]);
  });
  return new Map([...versions].map(([name, all]) => [name, all.toSorted().join(', ')]));
}

/** Shows `see` each header of the first folder that has any; gives their number. */
function eachHeader(root: string, see: (header: Buffer) => void): number {
  for (const folder of FOLDERS) {
    let count = 0;
    try {
      for (const header of headersIn(root, folder)) {
        see(header);
        count += 1;
      }
    } catch {
      // A damaged database vouches for what was read before.
    }
    if (count > 0) return count;
  }
  return 0;
}

function headersIn(root: string, folder: string): Iterable<Buffer> {
  const fileOf = (name: string): string | undefined => fileInside(root, join(root, folder, name));
  const [sqlite, ndb, bdb] = ['rpmdb.sqlite', 'Packages.db', 'Packages'].map(fileOf);
  if (sqlite !== undefined) return sqliteHeaders(sqlite);
  if (ndb !== undefined) return ndbHeaders(readFileSync(ndb));
  return bdb === undefined ? [] : bdbHeaders(readFileSync(bdb));
}

/** A link of a mounted image may lead to the database of this host, which vouches for nothing there. */
function fileInside(root: string, path: string): string | undefined {
  if (!isFile(path)) return undefined;
  const top = realpathSync(root === '' ? '/' : root).replace(/\/$/, '');
  return realpathSync(path).startsWith(`${top}/`) ? path : undefined;
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
