import { createHash } from 'node:crypto';
import { isAbsolute, normalize } from 'node:path';
import { printStamp, readStamp, type Stamp } from '../stamp/stamp.ts';

/** What Landfall put on this host, by path. */
export interface RenderedFile {
  /** Absolute, without `.` and `..`. */
  readonly path: string;
  /** Lower-case hex SHA-256 of what was put there; of a link, of where it leads. Empty for what has no content of its own. */
  readonly sha256: string;
  /** Undefined: a regular file. */
  readonly kind?: EntryKind;
  /** Mount point of the file system it lies on; undefined: `/`, or not known. */
  readonly mount?: string;
}

export const ENTRY_KINDS = ['link', 'folder', 'tree', 'owned'] as const;

/**
 * `folder`: made on the way to something else, and removed only when it is empty. `tree`: a folder that Landfall made, with
 * everything below it. `owned`: whatever lies there, for the plan says that a command of its own puts it there.
 */
export type EntryKind = (typeof ENTRY_KINDS)[number];

/** Who wrote a register that lies outside of its state folder: whether it still runs, and whose neighbour it is. */
export interface RegisterOwner {
  readonly stateFolder: string;
  readonly runDir: string;
  /** Boot identifier of the kernel (random(4)); empty when unknown. */
  readonly bootId: string;
  readonly pid: number;
  /** In clock ticks since the boot (proc_pid_stat(5), field 22): tells a process from a later one with the same id. */
  readonly startedAt: string;
}

/** What a register may say beside its stamp and its entries. */
export interface RegisterNotes {
  readonly owner?: RegisterOwner;
  /** Epoch ms: what these entries name and is older, another instance put there. */
  readonly since?: number;
}

export type RegisterRead =
  | ({
      readonly kind: 'read';
      readonly stamp: Stamp;
      readonly files: readonly RenderedFile[];
    } & RegisterNotes)
  | { readonly kind: 'unreadable'; readonly reason: string; readonly stamp?: undefined };

export type ReadRegister = Extract<RegisterRead, { kind: 'read' }>;

const PLAIN = 'LFREG1\n';
const FULL = 'LFREG2\n';

/**
 * `LFREG2`, one line of JSON (stamp, notes, checksum), then one line of JSON for each entry: path, digest, kind, mount
 * point. Clear, for it has to be read where no key fits it. The checksum covers all of it: it tells a torn register from a
 * whole one. It proves no writer; that is what the mode of the folder is for. A register of nothing but files of the root
 * file system is an `LFREG1`, as versions read it that know no other kind.
 */
export function printRegister(
  stamp: Stamp,
  files: readonly RenderedFile[],
  notes: RegisterNotes = {},
): string {
  const body = files.map((file) => `${JSON.stringify(lineOf(file))}\n`).join('');
  const isPlain = noted(notes) === '' && files.every(({ kind, mount }) => !kind && !mount);
  const head = { stamp, ...notes, sha256: checksum(stamp, notes, body) };
  return `${isPlain ? PLAIN : FULL}${JSON.stringify(head)}\n${body}`;
}

/** Whole or not at all: half a list is no reason to remove anything. */
export function readRegister(text: string): RegisterRead {
  if (!text.startsWith(PLAIN) && !text.startsWith(FULL)) {
    const newer = /^LFREG\d+\n/.test(text);
    return unreadable(newer ? 'another version of Landfall wrote it' : 'it is no register');
  }
  const end = text.indexOf('\n', PLAIN.length);
  const head = parseJson(end < 0 ? '' : text.slice(PLAIN.length, end)) as Partial<
    Record<string, unknown>
  > | null;
  const stamp = readStamp(head?.['stamp']);
  if (!stamp) return unreadable('its stamp cannot be read');
  const body = text.slice(end + 1);
  const notes = notesIn(head ?? {});
  const isPlain = text.startsWith(PLAIN);
  if (head?.['sha256'] !== checksum(stamp, notes, body)) return unreadable('it is torn or damaged');
  const files = body.split('\n').slice(0, -1).map(readLine);
  if (!files.every((file) => file !== undefined)) return unreadable('it lists what is no path');
  // The first line is in no checksum: one that does not fit what follows was changed.
  const isTrue = isPlain === (noted(notes) === '' && files.every(({ kind, mount }) => !kind && !mount));
  return isTrue ? { kind: 'read', stamp, files, ...notes } : unreadable('it is torn or damaged');
}

export function isPlainPath(path: string): boolean {
  return isAbsolute(path) && normalize(path) === path && !path.endsWith('/') && !path.includes('\0');
}

function lineOf({ path, sha256, kind, mount }: RenderedFile): readonly string[] {
  if (mount) return [path, sha256, kind ?? '', mount];
  return kind ? [path, sha256, kind] : [path, sha256];
}

function readLine(line: string): RenderedFile | undefined {
  const [path, sha256, kind = '', mount] = (parseJson(line) ?? []) as readonly unknown[];
  if (typeof path !== 'string' || typeof sha256 !== 'string' || !isPlainPath(path)) return undefined;
  if (mount !== undefined && (typeof mount !== 'string' || !isPlainPath(mount))) return undefined;
  const known = ENTRY_KINDS.find((one) => one === kind);
  if (kind !== '' && !known) return undefined;
  return { path, sha256, ...(known && { kind: known }), ...(mount !== undefined && { mount }) };
}

function notesIn({ owner, since }: Partial<Record<string, unknown>>): RegisterNotes {
  const known = ownerIn(owner);
  return {
    ...(known && { owner: known }),
    ...(typeof since === 'number' && Number.isFinite(since) && { since }),
  };
}

function ownerIn(value: unknown): RegisterOwner | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { stateFolder, runDir, bootId, pid, startedAt } = value as Partial<Record<string, unknown>>;
  const texts = [stateFolder, runDir, bootId, startedAt];
  return texts.every((text) => typeof text === 'string') && typeof pid === 'number'
    ? (value as RegisterOwner)
    : undefined;
}

/** Empty when there is nothing to note, so that the checksum is what it was before there was anything. */
function noted({ owner, since }: RegisterNotes): string {
  return owner || since !== undefined ? `${JSON.stringify({ owner, since })}\n` : '';
}

function checksum(stamp: Stamp, notes: RegisterNotes, body: string): string {
  return createHash('sha256')
    .update(`${printStamp(stamp)}\n${noted(notes)}${body}`)
    .digest('hex');
}

function parseJson(text: string): object | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' ? value : null;
  } catch {
    return null;
  }
}

function unreadable(reason: string): RegisterRead {
  return { kind: 'unreadable', reason };
}
