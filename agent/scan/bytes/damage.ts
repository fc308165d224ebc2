/**
 * Unwinds the readers of a container that is not what its format says, or is beyond a limit. Caught where a file, or an
 * entry, is scanned, and reported there as not read; `cause` is the clause that says why.
 */
export class Damaged extends Error {
  readonly why: string;
  constructor(why: string) {
    super(why);
    this.name = 'Damaged';
    this.why = why;
  }
}

/** What a file system or zlib says, in few words. */
export function causeOf(error: unknown): string {
  if (error instanceof Damaged) return error.why;
  const { code, message } = error as NodeJS.ErrnoException;
  return SAYS[code ?? ''] ?? message;
}

const SAYS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EIO: 'the disk cannot read it',
  ELOOP: 'it became a link while it was read',
  ENOENT: 'it disappeared while the scan ran',
  ENAMETOOLONG: 'its path is longer than the system allows',
  Z_DATA_ERROR: 'the compressed data is damaged',
  Z_BUF_ERROR: 'the compressed data ends early',
  ZSTD_error_prefix_unknown: 'the compressed data is damaged',
};
