import type { Effective } from '#config-service';
import type { ApplyWork } from './apply-work.ts';

const REDACTED = '[redacted]';

/** Shorter pieces are left: taking every `on` out of an output hides nothing and leaves nothing to read. */
const MIN_PIECE = 4;
/** A field of a secret that nobody refers to is looked for from this length on: most short ones are ports and names. */
const MIN_FIELD = 6;
/** What is encoded is left when it is shorter: in base64 little of a short text stays the same wherever it begins. */
const MIN_ENCODED = 8;

export type Redact = (text: string) => string;

/**
 * Takes the secrets of a generation, and of the one before it, out of what commands wrote: the values that hold one, the
 * secrets themselves, and the fields of those that are JSON objects.
 */
export function redactionOf({
  next,
  before,
  secretTexts,
}: Pick<ApplyWork, 'next' | 'before' | 'secretTexts'>): Redact {
  const values = [next, before].flatMap((one) => (one === undefined ? [] : secretValues(one.effective)));
  return createRedaction([...values, ...secretTexts, ...secretTexts.flatMap(fieldsOf)]);
}

function secretValues(effective: Effective): readonly string[] {
  return [...effective.values()].flatMap(({ masked, value }) => (masked === undefined ? [] : [value]));
}

function fieldsOf(secret: string): readonly string[] {
  if (!secret.startsWith('{')) return [];
  try {
    return textsIn(JSON.parse(secret)).filter((text) => text.length >= MIN_FIELD);
  } catch {
    return [];
  }
}

function textsIn(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : [];
}

/**
 * Secrets of several lines (a private key) are looked for line by line as well, for output comes line by line. So are the
 * forms in which programs write a text in passing: `curl -v` prints the base64 of a password, others escape it as JSON, or
 * for a URL. What a command encodes otherwise is not recognised.
 */
export function createRedaction(secrets: Iterable<string>): Redact {
  const plain = [...secrets].flatMap((secret) => [secret, ...secret.split(/\s*\n\s*/)]);
  const pieces = [...new Set(plain)].filter((piece) => piece.length >= MIN_PIECE).toSorted(byLength);
  const encoded = [...new Set(pieces.flatMap(encodings))].filter((text) => !pieces.includes(text));
  const all = [...pieces, ...encoded].toSorted(byLength);
  return (text) => {
    let redacted = text;
    for (const piece of all) redacted = redacted.replaceAll(piece, () => REDACTED);
    return withoutCutHead(redacted, pieces);
  };
}

function encodings(piece: string): readonly string[] {
  const bytes = Buffer.from(piece);
  const base64 = [0, 1, 2].map((shift) => base64Within(bytes, shift));
  const urlSafe = base64.map((text) => text.replaceAll('+', '-').replaceAll('/', '_'));
  return [
    ...[...base64, ...urlSafe, bytes.toString('hex')].filter((text) => text.length >= MIN_ENCODED),
    JSON.stringify(piece).slice(1, -1),
    encodeURIComponent(piece.toWellFormed()),
  ];
}

/** The characters of base64 that depend on `bytes` alone when they begin `shift` bytes into a group of three. */
function base64Within(bytes: Buffer, shift: number): string {
  const padded = Buffer.concat([Buffer.alloc(shift), bytes]);
  const whole = padded.subarray(0, padded.length - (padded.length % 3));
  return whole.toString('base64').slice(shift === 0 ? 0 : 4);
}

function byLength(a: string, b: string): number {
  return b.length - a.length;
}

/** The tail of an output may begin in the middle of a secret. */
function withoutCutHead(text: string, pieces: readonly string[]): string {
  for (const piece of pieces) {
    for (let length = Math.min(piece.length - 1, text.length); length >= MIN_PIECE; length -= 1) {
      if (text.startsWith(piece.slice(-length))) return REDACTED + text.slice(length);
    }
  }
  return text;
}
