import { type ClaimTable, type Digest, type Package } from './package-record.ts';

/** Tag numbers of rpmtag.h. */
const TAG = {
  name: 1000,
  version: 1001,
  release: 1002,
  epoch: 1003,
  architecture: 1022,
  fileStates: 1029,
  fileDigests: 1035,
  fileFlags: 1037,
  dirIndexes: 1116,
  baseNames: 1117,
  dirNames: 1118,
  fileDigestAlgorithm: 5011,
} as const;

/** `PGPHASHALGO_*`; a header without the tag is from when there was only MD5. */
const ALGORITHMS: ReadonlyMap<number, Digest['algorithm']> = new Map([
  [1, 'md5'],
  [2, 'sha1'],
  [8, 'sha256'],
  [9, 'sha384'],
  [10, 'sha512'],
  [11, 'sha224'],
]);
const MD5 = 1;
/** `RPMFILE_CONFIG` and `RPMFILE_GHOST`: a ghost is not in the package, only owned by it. */
const CONFIG = 1 << 0;
const GHOST = 1 << 6;
/** `RPMFILE_STATE_NORMAL`: neither replaced by another package nor left out. */
const NORMAL = 0;

const ENTRY = 16;

/** One value of the index: where its data begin, and how many there are. */
interface Entry {
  readonly offset: number;
  readonly count: number;
}

/**
 * Reads a header as the database holds it (rpm's "Package format" manual, without the lead): the numbers of entries and of
 * bytes, the index, the data; big-endian. What is out of bounds counts as absent: a damaged header vouches for less.
 */
export function addRpmHeader(blob: Buffer, table: ClaimTable): void {
  if (blob.length < 8) return;
  const entries = entriesOf(blob);
  const data = blob.subarray(8 + blob.readUInt32BE(0) * ENTRY);
  const texts = (tag: number): readonly string[] => textsOf(data, entries.get(tag));
  const numbers = (tag: number, bytes: 1 | 2 | 4): readonly number[] =>
    numbersOf(data, entries.get(tag), bytes);
  const [name] = texts(TAG.name);
  const algorithm = ALGORITHMS.get(numbers(TAG.fileDigestAlgorithm, 4)[0] ?? MD5);
  if (name === undefined || algorithm === undefined) return;
  const owner: Package = { recorder: 'rpm', name, version: versionOf(data, entries) };
  const folders = texts(TAG.dirNames);
  const folderOf = numbers(TAG.dirIndexes, 4);
  const digests = texts(TAG.fileDigests);
  const flags = numbers(TAG.fileFlags, 4);
  const states = numbers(TAG.fileStates, 1);
  for (const [index, base] of texts(TAG.baseNames).entries()) {
    const folder = folders[folderOf[index] ?? -1];
    const hex = digests[index] ?? '';
    const flag = flags[index] ?? 0;
    // Folders and links have no digest.
    if (folder === undefined || hex === '' || (flag & GHOST) !== 0 || (states[index] ?? NORMAL) !== NORMAL)
      continue;
    const isConfiguration = (flag & CONFIG) !== 0;
    table.add(`${folder}${base}`.replace(/^\/+/, ''), { owner, digest: { algorithm, hex }, isConfiguration });
  }
}

/** `openssl.x86_64` and `1:3.0.7-24.el9`; undefined for a header without a name. */
export function rpmIdentity(blob: Buffer): { readonly name: string; readonly version: string } | undefined {
  if (blob.length < 8) return undefined;
  const entries = entriesOf(blob);
  const data = blob.subarray(8 + blob.readUInt32BE(0) * ENTRY);
  const [name] = textsOf(data, entries.get(TAG.name));
  if (name === undefined) return undefined;
  const [architecture] = textsOf(data, entries.get(TAG.architecture));
  const full = architecture === undefined ? name : `${name}.${architecture}`;
  return { name: full, version: versionOf(data, entries) };
}

function versionOf(data: Buffer, entries: ReadonlyMap<number, Entry>): string {
  const [epoch] = numbersOf(data, entries.get(TAG.epoch), 4);
  const textOf = (tag: number): string => textsOf(data, entries.get(tag))[0] ?? '';
  const version = `${textOf(TAG.version)}-${textOf(TAG.release)}`;
  return epoch === undefined ? version : `${epoch}:${version}`;
}

function entriesOf(blob: Buffer): ReadonlyMap<number, Entry> {
  const entries = new Map<number, Entry>();
  const end = 8 + blob.readUInt32BE(0) * ENTRY;
  for (let at = 8; at + ENTRY <= Math.min(end, blob.length); at += ENTRY) {
    entries.set(blob.readUInt32BE(at), {
      offset: blob.readUInt32BE(at + 8),
      count: blob.readUInt32BE(at + 12),
    });
  }
  return entries;
}

function textsOf(data: Buffer, entry: Entry | undefined): readonly string[] {
  const texts: string[] = [];
  let at = entry?.offset ?? 0;
  for (let left = entry?.count ?? 0; left > 0; left--) {
    const end = data.indexOf(0, at);
    if (end < 0) break;
    texts.push(data.toString('latin1', at, end));
    at = end + 1;
  }
  return texts;
}

function numbersOf(data: Buffer, entry: Entry | undefined, bytes: 1 | 2 | 4): readonly number[] {
  const numbers: number[] = [];
  if (entry === undefined) return numbers;
  const end = Math.min(data.length, entry.offset + entry.count * bytes);
  for (let at = entry.offset; at + bytes <= end; at += bytes) numbers.push(data.readUIntBE(at, bytes));
  return numbers;
}
