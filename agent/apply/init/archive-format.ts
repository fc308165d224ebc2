interface Paths {
  readonly archive: string;
  readonly tree: string;
}

const ZIP = [0x50, 0x4b];

/** Magic numbers of what tar(1) unpacks by itself: gzip, bzip2, xz, zstd. */
const PACKED = [
  [0x1f, 0x8b],
  [0x42, 0x5a, 0x68],
  [0xfd, 0x37, 0x7a, 0x58, 0x5a],
  [0x28, 0xb5, 0x2f, 0xfd],
];

const TAR_MAGIC_AT = 257;

/** What unpacks these bytes, told by what they are and not by what they are called; undefined: no archive. */
export function archiveProgram(
  bytes: Uint8Array,
  { archive, tree }: Paths,
): readonly [string, ...string[]] | undefined {
  if (startsWith(bytes, ZIP)) return ['unzip', '-q', '-o', archive, '-d', tree];
  const magic = Buffer.from(bytes.subarray(TAR_MAGIC_AT, TAR_MAGIC_AT + 5)).toString('latin1');
  const isTar = magic === 'ustar' || PACKED.some((prefix) => startsWith(bytes, prefix));
  return isTar ? ['tar', '-x', '-f', archive, '-C', tree] : undefined;
}

function startsWith(bytes: Uint8Array, prefix: readonly number[]): boolean {
  return prefix.every((byte, index) => bytes[index] === byte);
}
