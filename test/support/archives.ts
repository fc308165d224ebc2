import { deflateRawSync } from 'node:zlib';

/** A tar of files, and of links where the content is `{ link }`; names too long for the header get a pax record. */
export function tarOf(entries: Readonly<Record<string, string | Buffer | { link: string }>>): Buffer {
  const blocks = Object.entries(entries).flatMap(([name, content]) => {
    const isLink = typeof content === 'object' && 'link' in content;
    const body = isLink ? Buffer.alloc(0) : Buffer.from(content);
    const header = tarHeader(name.slice(0, 100), body.length, isLink ? '2' : '0', isLink ? content.link : '');
    return [...(name.length > 100 ? paxName(name) : []), header, ...padded(body)];
  });
  return Buffer.concat([...blocks, Buffer.alloc(1024)]);
}

function paxName(name: string): Buffer[] {
  const rest = ` path=${name}\n`;
  const length = String(rest.length + 3).length + rest.length;
  const record = Buffer.from(`${length}${rest}`);
  return [tarHeader('pax', record.length, 'x', ''), ...padded(record)];
}

function tarHeader(name: string, size: number, type: string, link: string): Buffer {
  const header = Buffer.alloc(512);
  header.write(name, 0);
  header.write('0000644\0', 100);
  header.write(`${size.toString(8).padStart(11, '0')}\0`, 124);
  header.write(' '.repeat(8), 148);
  header.write(type, 156);
  header.write(link, 157);
  header.write('ustar\u000000', 257);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return header;
}

function padded(body: Buffer): Buffer[] {
  return [body, Buffer.alloc((512 - (body.length % 512)) % 512)];
}

interface ZipOptions {
  readonly stored?: boolean;
  readonly encrypted?: boolean;
  readonly method?: number;
  /** What the headers say of the size of every member, in the place of the truth. */
  readonly said?: number;
}

/** A zip; crc32 is left zero, which the scan has no use for and of which unzip complains when a member is on the disk. */
export function zipOf(entries: Readonly<Record<string, string | Buffer>>, options: ZipOptions = {}): Buffer {
  const method = options.method ?? (options.stored ? 0 : 8);
  const locals: Buffer[] = [];
  const index: Buffer[] = [];
  let position = 0;
  for (const [name, content] of Object.entries(entries)) {
    const body = Buffer.from(content);
    const packed = method === 8 ? deflateRawSync(body) : body;
    const fields = {
      name: Buffer.from(name),
      method,
      flags: options.encrypted ? 1 : 0,
      packed,
      size: options.said ?? body.length,
    };
    const local = Buffer.concat([zipHeader(0x04034b50, fields), packed]);
    index.push(zipHeader(0x02014b50, fields, position));
    locals.push(local);
    position += local.length;
  }
  const directory = Buffer.concat(index);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(index.length, 8);
  end.writeUInt16LE(index.length, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(position, 16);
  return Buffer.concat([...locals, directory, end]);
}

function zipHeader(
  signature: number,
  entry: { name: Buffer; method: number; flags: number; packed: Buffer; size: number },
  position?: number,
): Buffer {
  const isIndex = position !== undefined;
  const header = Buffer.alloc(isIndex ? 46 : 30);
  const shift = isIndex ? 2 : 0;
  header.writeUInt32LE(signature, 0);
  header.writeUInt16LE(entry.flags, 6 + shift);
  header.writeUInt16LE(entry.method, 8 + shift);
  header.writeUInt32LE(entry.packed.length, 18 + shift);
  header.writeUInt32LE(entry.size, 22 + shift);
  header.writeUInt16LE(entry.name.length, 26 + shift);
  if (isIndex) header.writeUInt32LE(position, 42);
  return Buffer.concat([header, entry.name]);
}
