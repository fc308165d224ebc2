import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ClaimTable, type Package, type PackageRecord } from './package-record.ts';

const DATABASE = 'var/lib/dpkg';
/** Hexadecimal digits. */
const MD5_LENGTH = 32;
const BLANK = 0x20;
const STAR = 0x2a;

/**
 * Debian's record below `root`: `info/*.md5sums`, the conffiles in `status`, and diversions (dpkg(1), dpkg-divert(1)).
 * Images without a package manager have one file for each package in `status.d`. Undefined where there is none.
 */
export function dpkgRecord(root: string): PackageRecord | undefined {
  const folder = join(root, DATABASE);
  const status = textOf(join(folder, 'status'));
  const single = namesIn(join(folder, 'status.d'));
  if (status === undefined && single.length === 0) return undefined;
  const table = new ClaimTable();
  const packages = new Map<string, Package>();
  const stanzas = [
    ...(status ?? '').split(/\n{2,}/),
    ...single
      .filter((name) => !name.endsWith('.md5sums'))
      .map((name) => textOf(join(folder, 'status.d', name)) ?? ''),
  ];
  const placed = placeOf(textOf(join(folder, 'diversions')) ?? '');
  for (const stanza of stanzas) readStanza(stanza, packages, table, placed);
  for (const name of namesIn(join(folder, 'info')))
    readSums(join(folder, 'info'), name, packages, table, placed);
  for (const name of single) readSums(join(folder, 'status.d'), name, packages, table, placed);
  return table;
}

/** Where a file of a package lies: elsewhere, when another package has diverted it. */
type Placed = (path: string, name: string) => string;

function readStanza(stanza: string, packages: Map<string, Package>, table: ClaimTable, placed: Placed): void {
  const field = (name: string): string | undefined =>
    new RegExp(`^${name}:[ \\t]*(.*)$`, 'm').exec(stanza)?.[1];
  const name = field('Package');
  const version = field('Version');
  // Of a package that was removed only its configuration is left, and that is somebody's.
  if (
    name === undefined ||
    version === undefined ||
    !(field('Status') ?? ' installed').endsWith(' installed')
  )
    return;
  const owner: Package = { recorder: 'dpkg', name, version };
  packages.set(name, owner);
  packages.set(`${name}:${field('Architecture') ?? ''}`, owner);
  const conffiles = /^Conffiles:[ \t]*\n((?: .*\n?)*)/m.exec(stanza)?.[1] ?? '';
  for (const [, path = '', hex = ''] of conffiles.matchAll(/^ \/(.+?) ([0-9a-f]{32})(?: obsolete)?$/gm)) {
    table.add(placed(path, name), { owner, digest: { algorithm: 'md5', hex }, isConfiguration: true });
  }
}

function readSums(
  folder: string,
  file: string,
  packages: ReadonlyMap<string, Package>,
  table: ClaimTable,
  placed: Placed,
): void {
  if (!file.endsWith('.md5sums')) return;
  const owner = packages.get(file.slice(0, -'.md5sums'.length));
  if (owner === undefined) return;
  const text = textOf(join(folder, file)) ?? '';
  // A hundred thousand lines on an ordinary host: no expression for each.
  for (let at = 0; at < text.length;) {
    const newline = text.indexOf('\n', at);
    const end = newline < 0 ? text.length : newline;
    let path = at + MD5_LENGTH;
    // Two blanks, as md5sum writes them; some packagers have one, or a star.
    while (path < end && (text.charCodeAt(path) === BLANK || text.charCodeAt(path) === STAR)) path++;
    if (path < end) {
      const digest = { algorithm: 'md5', hex: text.slice(at, at + MD5_LENGTH) } as const;
      table.add(placed(relativeOf(text.slice(path, end)), owner.name), {
        owner,
        digest,
        isConfiguration: false,
      });
    }
    at = end + 1;
  }
}

/** Makes `/it` and `./it` relative. */
function relativeOf(path: string): string {
  return path.startsWith('/') || path.startsWith('./') ? path.replace(/^\.?\/+/, '') : path;
}

/** Three lines each: from, to, and the package whose own file stays where it is; `:` is the administrator. */
function placeOf(diversions: string): Placed {
  const lines = diversions.split('\n');
  const moved = new Map<string, { to: string; by: string }>();
  for (let at = 0; at + 2 < lines.length; at += 3) {
    const [from = '', to = '', by = ''] = lines.slice(at, at + 3);
    moved.set(from.slice(1), { to: to.slice(1), by });
  }
  return (path, name) => {
    const diversion = moved.get(path);
    return diversion === undefined || diversion.by === name ? path : diversion.to;
  };
}

/** Paths are bytes. */
function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    // What cannot be read vouches for nothing: its files count as the team's.
    return undefined;
  }
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
