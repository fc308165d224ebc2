import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { crc32c, crc64nvme } from './crc.ts';

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
