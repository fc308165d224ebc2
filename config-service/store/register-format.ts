import { createHash } from 'node:crypto';
import { isAbsolute, normalize } from 'node:path';
import { printStamp, readStamp, type Stamp } from './stamp.ts';

/** A file on this host that Landfall rendered. */
export interface RenderedFile {
  /** Absolute, without `.` and `..`. */
  readonly path: string;
  /** Lower-case hex SHA-256 of what was rendered. */
  readonly sha256: string;
}

export type RegisterRead =
  | { readonly kind: 'read'; readonly stamp: Stamp; readonly files: readonly RenderedFile[] }
  | { readonly kind: 'unreadable'; readonly reason: string; readonly stamp?: undefined };

const MAGIC = 'LFREG1\n';

/**
 * `LFREG1`, one line of JSON (stamp, checksum), then one line of JSON for each file. Clear, for it has to be read where no
 * key fits it. The checksum covers the stamp and the files: it tells a torn register from a whole one. It proves no
 * writer; that is what the mode of the state folder is for.
 */
export function printRegister(stamp: Stamp, files: readonly RenderedFile[]): string {
  const body = files.map(({ path, sha256 }) => `${JSON.stringify([path, sha256])}\n`).join('');
  return `${MAGIC}${JSON.stringify({ stamp, sha256: checksum(stamp, body) })}\n${body}`;
}

/** Whole or not at all: half a list is no reason to remove anything. */
export function readRegister(text: string): RegisterRead {
  if (!text.startsWith(MAGIC)) {
    const newer = /^LFREG\d+\n/.test(text);
    return unreadable(newer ? 'another version of Landfall wrote it' : 'it is no register');
  }
  const end = text.indexOf('\n', MAGIC.length);
  const head = parseJson(end < 0 ? '' : text.slice(MAGIC.length, end)) as Partial<
    Record<string, unknown>
  > | null;
  const stamp = readStamp(head?.['stamp']);
  if (!stamp) return unreadable('its stamp cannot be read');
  const body = text.slice(end + 1);
  if (head?.['sha256'] !== checksum(stamp, body)) return unreadable('it is torn or damaged');
  const files = body.split('\n').slice(0, -1).map(readLine);
  return files.every((file) => file !== undefined)
    ? { kind: 'read', stamp, files }
    : unreadable('it lists what is no path');
}

export function isPlainPath(path: string): boolean {
  return isAbsolute(path) && normalize(path) === path && !path.endsWith('/') && !path.includes('\0');
}

function readLine(line: string): RenderedFile | undefined {
  const [path, sha256] = (parseJson(line) ?? []) as readonly unknown[];
  return typeof path === 'string' && typeof sha256 === 'string' && isPlainPath(path)
    ? { path, sha256 }
    : undefined;
}

function checksum(stamp: Stamp, body: string): string {
  return createHash('sha256')
    .update(`${printStamp(stamp)}\n${body}`)
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
