import { open } from 'node:fs/promises';
import { setImmediate } from 'node:timers/promises';
import { promisify } from 'node:util';
import { MAX_IP_RANGES_BYTES, readIpRanges, type IpRanges } from '#config-service';
import { errnoOf, errnoOrText } from '#kit/errno.ts';
import { fail, ok, type Outcome } from '#kit/outcome.ts';

/** AWS's ip-ranges.json from a file, plain or gzip. `LF_IP_RANGES` for what is not there, too large, or something else. */
export async function readRangesFile(path: string): Promise<Outcome<IpRanges>> {
  let bytes: Uint8Array;
  try {
    bytes = await readBounded(path);
  } catch (error) {
    const errno = errnoOrText(error);
    return refused(path, errno === 'ENOENT' ? 'there is no such file' : `the system says ${errno}`);
  }
  return unpackRanges(bytes, path);
}

/**
 * Gives way to others every few milliseconds: a daemon answers meanwhile.
 * @param vouch says who vouches for the text before anything of it is believed.
 */
export async function unpackRanges(
  bytes: Uint8Array,
  subject: string,
  vouch: (text: string) => Outcome<void> = () => ok(undefined),
): Promise<Outcome<IpRanges>> {
  let plain = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  if (plain[0] === 0x1f && plain[1] === 0x8b) {
    try {
      // Loaded when wanted: most hosts never see a packed one.
      const { gunzip } = await import('node:zlib');
      plain = await promisify(gunzip)(plain, { maxOutputLength: MAX_IP_RANGES_BYTES });
    } catch (error) {
      const isLarge = errnoOf(error) === 'ERR_BUFFER_TOO_LARGE';
      return refused(subject, isLarge ? TOO_LARGE : 'its gzip is damaged');
    }
  }
  if (plain.length > MAX_IP_RANGES_BYTES) return refused(subject, TOO_LARGE);
  const text = plain.toString('latin1');
  const vouched = vouch(text);
  if (vouched.kind !== 'ok') return vouched;
  const reading = readIpRanges(text, subject);
  for (;;) {
    const step = reading.next();
    if (step.done) return step.value;
    await setImmediate();
  }
}

const TOO_LARGE = `it is larger than ${MAX_IP_RANGES_BYTES / 1024 / 1024} MiB`;

/** A pipe or a device has no end: of those only so much is read, too. */
async function readBounded(path: string): Promise<Buffer> {
  const file = await open(path, 'r');
  try {
    const buffer = Buffer.allocUnsafe(MAX_IP_RANGES_BYTES + 1);
    let length = 0;
    for (;;) {
      const { bytesRead } = await file.read(buffer, length, buffer.length - length, null);
      length += bytesRead;
      if (bytesRead === 0 || length === buffer.length) return Buffer.from(buffer.subarray(0, length));
    }
  } finally {
    await file.close();
  }
}

function refused(subject: string, cause: string): Outcome<never> {
  return fail({
    code: 'LF_IP_RANGES',
    operation: 'read',
    subject,
    cause,
    hint: 'Take it from https://ip-ranges.amazonaws.com/ip-ranges.json as it is, packed with gzip, or by landfall-ops ip-ranges.',
  });
}
