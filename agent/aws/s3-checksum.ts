import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';

/** Algorithms that Node computes itself; S3 may answer others (crc32c, crc64nvme), which prove nothing here. */
const DIGESTS: Readonly<Record<string, (bytes: Buffer) => string>> = {
  'x-amz-checksum-sha256': (bytes) => createHash('sha256').update(bytes).digest('base64'),
  'x-amz-checksum-sha1': (bytes) => createHash('sha1').update(bytes).digest('base64'),
  'x-amz-checksum-crc32': (bytes) => {
    const sum = Buffer.alloc(4);
    sum.writeUInt32BE(crc32(bytes));
    return sum.toString('base64');
  },
};

/**
 * The name of the checksum header that does not fit `bytes`, undefined when all that can be checked fit. A composite
 * checksum (`-` and the number of parts at its end) is one of the parts' checksums, not of the bytes: skipped.
 */
export function wrongChecksum(headers: Readonly<Record<string, string>>, bytes: Buffer): string | undefined {
  if (headers['x-amz-checksum-type'] === 'COMPOSITE') return undefined;
  return Object.entries(DIGESTS).find(([name, digest]) => {
    const expected = headers[name];
    return expected !== undefined && !expected.includes('-') && expected !== digest(bytes);
  })?.[0];
}
