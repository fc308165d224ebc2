import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';

/** `x-amz-checksum-<algorithm>` to the base64 it was put with. */
export type ChecksumHeaders = Readonly<Record<string, string>>;

const ALGORITHMS: Readonly<Record<string, (body: Buffer) => Buffer>> = {
  'x-amz-checksum-crc32': (body) => {
    const digest = Buffer.alloc(4);
    digest.writeUInt32BE(crc32(body));
    return digest;
  },
  'x-amz-checksum-crc32c': crc32c,
  'x-amz-checksum-crc64nvme': crc64nvme,
  'x-amz-checksum-sha1': (body) => createHash('sha1').update(body).digest(),
  'x-amz-checksum-sha256': (body) => createHash('sha256').update(body).digest(),
};

export function isChecksumHeader(name: string): boolean {
  return Object.hasOwn(ALGORITHMS, name);
}

/** Whether `expected`, in base64, is the checksum of `body` by the algorithm of header `name`. */
export function checksumHolds(name: string, expected: string, body: Buffer): boolean {
  return ALGORITHMS[name]?.(body).toString('base64') === expected;
}

/** CRC-32C (Castagnoli, RFC 3720), reflected, as 4 big-endian bytes. */
export function crc32c(data: Uint8Array): Buffer {
  let crc = 0xff_ff_ff_ff;
  for (const byte of data) crc = (crc >>> 8) ^ (CRC32C[(crc ^ byte) & 0xff] ?? 0);
  const digest = Buffer.alloc(4);
  digest.writeUInt32BE(~crc >>> 0);
  return digest;
}

/**
 * CRC-64/NVME as 8 big-endian bytes; the AWS CLI's default. Two 32-bit halves, because BigInt arithmetic per byte would take
 * seconds for the binaries that people upload.
 */
export function crc64nvme(data: Uint8Array): Buffer {
  let high = 0xff_ff_ff_ff;
  let low = 0xff_ff_ff_ff;
  for (const byte of data) {
    const row = ((low ^ byte) & 0xff) * 2;
    low = ((low >>> 8) | (high << 24)) ^ (CRC64[row + 1] ?? 0);
    high = (high >>> 8) ^ (CRC64[row] ?? 0);
  }
  const digest = Buffer.alloc(8);
  digest.writeUInt32BE(~high >>> 0, 0);
  digest.writeUInt32BE(~low >>> 0, 4);
  return digest;
}

const CRC32C = Uint32Array.from({ length: 256 }, (_, start) => {
  let crc = start;
  for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >>> 1) ^ 0x82_f6_3b_78 : crc >>> 1;
  return crc;
});

const CRC64 = crc64Table();

/** High and low halves in turn. The polynomial 0xAD93D23594C93659, reflected. */
function crc64Table(): Uint32Array {
  const table = new Uint32Array(512);
  for (let start = 0; start < 256; start += 1) {
    let crc = BigInt(start);
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 1n ? (crc >> 1n) ^ 0x9a6c9329ac4bc9b5n : crc >> 1n;
    table.set([Number(crc >> 32n), Number(crc & 0xff_ff_ff_ffn)], start * 2);
  }
  return table;
}
