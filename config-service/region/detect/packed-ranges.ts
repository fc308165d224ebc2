import { isRecord } from '../../kit/is-record.ts';
import { jsonOf } from '../../kit/json-text.ts';
import { tableOf, type IpRanges, type RangeOwner, type RangeSheet, type Stretch } from './range-table.ts';

/** Stands at the beginning, so that nothing has to be parsed to see it. */
const FORMAT = 'landfall ip-ranges 1';
const HEAD = `{"format":"${FORMAT}"`;

/** As many as a table can be made of: AWS's has 11,000. */
const MAX_STRETCHES = 200_000;
/** Between two breaths. */
const SLICE = 512;

/** A table as instances fetch it: 78 KB, packed with gzip 26, of what is 2 MB of JSON, and read in a twentieth of the time. */
export function printPackedRanges({ createDate, prefixes, owners, v4, v6 }: RangeSheet): string {
  return JSON.stringify({
    format: FORMAT,
    createDate,
    prefixes,
    owners: owners.map(({ region, service }) => `${region ?? ''} ${service}`),
    v4: written(v4),
    v6: written(v6),
  });
}

export function isPackedRanges(text: string): boolean {
  return text.startsWith(HEAD);
}

/** A text says what is wrong with it. Yields every few milliseconds; what follows in a second line is a signature. */
export function* readPackedRanges(text: string): Generator<undefined, IpRanges | string> {
  const sheet = jsonOf(text.split('\n', 1)[0] ?? '');
  if (!isRecord(sheet)) return 'it is damaged';
  const { createDate, prefixes, owners, v4, v6 } = sheet;
  if (typeof createDate !== 'string' || !Number.isSafeInteger(prefixes) || !Array.isArray(owners))
    return 'it is damaged';
  const names = owners.map((name: unknown) => OWNER.exec(typeof name === 'string' ? name : ''));
  const flat4 = yield* readStretches(v4, 32n, names.length);
  const flat6 = yield* readStretches(v6, 64n, names.length);
  if (!flat4 || !flat6 || names.some((name) => name === null)) return 'it is damaged';
  if (flat4.length === 0) return 'it holds no address of EC2 or AMAZON';
  const table = tableOf({
    createDate,
    prefixes: Number(prefixes),
    owners: names.map((name): RangeOwner => ({ region: name?.[1] || null, service: name?.[2] ?? '' })),
    v4: flat4,
    v6: flat6,
  });
  return table ?? 'its createDate is no date';
}

const OWNER = /^((?:[a-z]{2,5}(?:-[a-z]+)+-\d{1,2})?) ([A-Z0-9_]{1,50})$/;

/** By how much each begins behind the one before, and its owner; numbers of any size in seven bits a byte, the lowest first. */
function written(stretches: Iterable<Stretch>): string {
  const bytes: number[] = [];
  let last = 0n;
  for (const { start, owner } of stretches) {
    for (let rest of [start - last, BigInt(owner)]) {
      for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
      bytes.push(Number(rest));
    }
    last = start;
  }
  return Buffer.from(bytes).toString('base64');
}

/** Undefined for what was not written so. */
function* readStretches(
  text: unknown,
  bits: bigint,
  owners: number,
): Generator<undefined, readonly Stretch[] | undefined> {
  if (typeof text !== 'string') return undefined;
  const stretches: Stretch[] = [];
  const room = 1n << bits;
  let [start, value, shift] = [0n, 0n, 0n];
  let delta: bigint | undefined;
  for (const byte of Buffer.from(text, 'base64')) {
    value |= BigInt(byte & 127) << shift;
    shift += 7n;
    if (shift > 70n || stretches.length > MAX_STRETCHES) return undefined;
    if (byte > 127) continue;
    if (delta === undefined) delta = value;
    else {
      start += delta;
      const isFurther = delta > 0n || stretches.length === 0;
      if (!isFurther || start >= room || value > BigInt(owners)) return undefined;
      if (stretches.push({ start, owner: Number(value) }) % SLICE === 0) yield;
      delta = undefined;
    }
    [value, shift] = [0n, 0n];
  }
  return delta === undefined && shift === 0n ? stretches : undefined;
}
