import { readStamp, stampOf, type Stamp } from '../stamp/stamp.ts';

export const NONCE_BYTES = 12;
/** A head is longer than this only when it is none. In bytes. */
export const MAX_HEAD_BYTES = 4096;

const MAGIC = 'LFSEAL1\n';
const NEWLINE = 0x0a;

/** What can be read of a sealed file without the key, as long as nobody relies on it: only opening proves it. */
export interface SealHeader {
  readonly purpose: string;
  readonly stamp: Stamp;
  readonly nonce: Uint8Array;
}

export type SealHeaderRead =
  | {
      readonly kind: 'read';
      readonly header: SealHeader;
      /** Length of the head in bytes. */ readonly length: number;
    }
  | { readonly kind: 'unreadable'; readonly reason: string };

/** The clear part of an envelope: `LFSEAL1`, then one line of JSON. */
export function sealHead({ purpose, stamp, nonce }: SealHeader): Uint8Array {
  const header = { purpose, stamp: stampOf(stamp), nonce: Buffer.from(nonce).toString('base64') };
  return Buffer.from(`${MAGIC}${JSON.stringify(header)}\n`, 'utf8');
}

/** Reads the head of `bytes`; what follows it does not matter here. */
export function readSealHeader(bytes: Uint8Array): SealHeaderRead {
  const magic = Buffer.from(bytes.subarray(0, MAGIC.length)).toString('latin1');
  if (magic !== MAGIC) {
    const newer = /^LFSEAL\d\n$/.test(magic);
    return unreadable(newer ? 'another version of Landfall sealed it' : 'it is no sealed file');
  }
  const end = bytes.subarray(0, MAX_HEAD_BYTES).indexOf(NEWLINE, MAGIC.length);
  if (end < 0) return unreadable('its head ends early');
  const fields = parseLine(Buffer.from(bytes.subarray(MAGIC.length, end)).toString('utf8'));
  const stamp = readStamp(fields['stamp']);
  if (!stamp) return unreadable('its stamp cannot be read');
  const { purpose } = fields;
  const nonce = Buffer.from(typeof fields['nonce'] === 'string' ? fields['nonce'] : '', 'base64');
  if (typeof purpose !== 'string' || nonce.length !== NONCE_BYTES) return unreadable('its head is damaged');
  return { kind: 'read', header: { purpose, stamp, nonce }, length: end + 1 };
}

function parseLine(line: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

function unreadable(reason: string): SealHeaderRead {
  return { kind: 'unreadable', reason };
}
