import { expect, it } from 'vitest';
import { checksumHolds, crc32c, crc64nvme } from '../../scripts/sandbox/s3/checksum.ts';

const CHECK = Buffer.from('123456789');

it('CRC-32C and CRC-64/NVME give the check values of the CRC catalogue', () => {
  expect(crc32c(CHECK).toString('hex')).toBe('e3069283');
  expect(crc64nvme(CHECK).toString('hex')).toBe('ae8b14860a799888');
});

it.each([
  ['crc32', 'y/Q5Jg=='],
  ['crc32c', '4waSgw=='],
  ['crc64nvme', 'rosUhgp5mIg='],
  ['sha1', '98O8HYCOBHMq32eZZczDTKeuNEE='],
  ['sha256', 'FeKw08M4keuw8e9gnsQZQgwg4yDOlMZfvIwzEkSOsiU='],
])('x-amz-checksum-%s holds for its own bytes only', (algorithm, expected) => {
  expect(checksumHolds(`x-amz-checksum-${algorithm}`, expected, CHECK)).toBe(true);
  expect(checksumHolds(`x-amz-checksum-${algorithm}`, expected, Buffer.from('12345678'))).toBe(false);
});
