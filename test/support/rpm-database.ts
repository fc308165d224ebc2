export interface RpmFile {
  readonly path: string;
  /** Hex; empty for a link. */
  readonly digest: string;
  readonly flags?: number;
  readonly state?: number;
}

export interface RpmPackage {
  readonly name: string;
  readonly version: string;
  readonly release: string;
  readonly epoch?: number;
  readonly architecture?: string;
  /** `PGPHASHALGO_*`. */
  readonly algorithm?: number;
  readonly files: readonly RpmFile[];
}

type Value = readonly string[] | { readonly bytes: 1 | 4; readonly numbers: readonly number[] };

function numbers(all: readonly number[], bytes: 1 | 4 = 4): Value {
  return { bytes, numbers: all };
}

/** A header as rpm's databases hold it. */
export function rpmHeaderOf({
  name,
  version,
  release,
  epoch,
  architecture,
  algorithm,
  files,
}: RpmPackage): Buffer {
  const folders = [...new Set(files.map(({ path }) => path.slice(0, path.lastIndexOf('/') + 1)))];
  const tags: readonly (readonly [tag: number, type: number, value: Value])[] = [
    [1000, 6, [name]],
    [1001, 6, [version]],
    [1002, 6, [release]],
    ...(epoch === undefined ? [] : [[1003, 4, numbers([epoch])] as const]),
    ...(architecture === undefined ? [] : [[1022, 6, [architecture]] as const]),
    [
      1029,
      2,
      numbers(
        files.map(({ state = 0 }) => state),
        1,
      ),
    ],
    [1035, 8, files.map(({ digest }) => digest)],
    [1037, 4, numbers(files.map(({ flags = 0 }) => flags))],
    [1116, 4, numbers(files.map(({ path }) => folders.indexOf(path.slice(0, path.lastIndexOf('/') + 1))))],
    [1117, 8, files.map(({ path }) => path.slice(path.lastIndexOf('/') + 1))],
    [1118, 8, folders],
    ...(algorithm === undefined ? [] : [[5011, 4, numbers([algorithm])] as const]),
  ];
  const index = Buffer.alloc(8 + tags.length * 16);
  const data: Buffer[] = [];
  let length = 0;
  for (const [at, [tag, type, value]] of tags.entries()) {
    const bytes = bytesOf(value);
    const padding = 'bytes' in value && value.bytes === 4 ? (4 - (length % 4)) % 4 : 0;
    data.push(Buffer.alloc(padding), bytes);
    index.writeUInt32BE(tag, 8 + at * 16);
    index.writeUInt32BE(type, 12 + at * 16);
    index.writeUInt32BE(length + padding, 16 + at * 16);
    index.writeUInt32BE('bytes' in value ? value.numbers.length : value.length, 20 + at * 16);
    length += padding + bytes.length;
  }
  index.writeUInt32BE(tags.length, 0);
  index.writeUInt32BE(length, 4);
  return Buffer.concat([index, ...data]);
}

function bytesOf(value: Value): Buffer {
  if (!('bytes' in value)) return Buffer.from(value.map((text) => `${text}\0`).join(''));
  const bytes = Buffer.alloc(value.numbers.length * value.bytes);
  for (const [at, number] of value.numbers.entries())
    bytes.writeUIntBE(number, at * value.bytes, value.bytes);
  return bytes;
}

const PAGE = 4096;

/** A `Packages.db` of rpm's ndb with one page of slots. */
export function ndbOf(headers: readonly Buffer[]): Buffer {
  const slots = Buffer.alloc(PAGE);
  slots.write('RpmP', 0, 'latin1');
  slots.writeUInt32LE(1, 12);
  for (let at = 32; at < PAGE; at += 16) slots.write('Slot', at, 'latin1');
  const blobs: Buffer[] = [];
  let offset = PAGE;
  for (const [number, header] of headers.entries()) {
    const head = Buffer.alloc(16);
    head.write('BlbS', 0, 'latin1');
    head.writeUInt32LE(number + 1, 4);
    head.writeUInt32LE(header.length, 12);
    const whole = Buffer.concat([
      head,
      header,
      Buffer.alloc((16 - (header.length % 16)) % 16),
      Buffer.alloc(16),
    ]);
    // A slot that was given up stays among the others.
    const slot = 32 + number * 32;
    slots.writeUInt32LE(number + 1, slot + 4);
    slots.writeUInt32LE(offset / 16, slot + 8);
    slots.writeUInt32LE(whole.length / 16, slot + 12);
    blobs.push(whole);
    offset += whole.length;
  }
  return Buffer.concat([slots, ...blobs]);
}
