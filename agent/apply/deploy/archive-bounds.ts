/** What an archive may unpack to. Large applications have a tenth of it; what is beyond is a bomb or a mistake. */
export const ARCHIVE_BOUNDS = {
  members: 200_000,
  /** Unpacked, each member counted with a block of its own. */
  bytes: 8 * 1024 ** 3,
  /** Unpacked bytes for one packed byte, once there are more than `freeBytes` of them: text packs 20 to 1, zeros 1,000. */
  ratio: 100,
  freeBytes: 64 * 1024 ** 2,
  /** Folders inside each other. */
  depth: 100,
  /** PATH_MAX and NAME_MAX of Linux: longer ones cannot be opened. */
  pathBytes: 4096,
  nameBytes: 255,
} as const;

const BLOCK_BYTES = 512;

/** Adds up the members of one archive. */
export interface ArchiveTally {
  /** @returns which bound the members so far go beyond; undefined while they keep them. @param bytes of its content. */
  add(path: string, bytes: number): string | undefined;
  /** Counts many members at once, whose names are not known. */
  addAll(members: number, bytes: number): string | undefined;
  /** Bytes of the members so far, without what a disk needs for each. */
  content(): number;
}

/** @param packedBytes the size of the archive. */
export function createArchiveTally(packedBytes: number): ArchiveTally {
  let members = 0;
  let bytes = 0;
  let content = 0;
  const addAll = (more: number, moreBytes: number): string | undefined => {
    members += more;
    content += moreBytes;
    bytes += moreBytes + more * BLOCK_BYTES;
    if (members > ARCHIVE_BOUNDS.members) {
      return `it has more than ${ARCHIVE_BOUNDS.members} members`;
    }
    if (bytes > ARCHIVE_BOUNDS.bytes) return `it unpacks to more than ${ARCHIVE_BOUNDS.bytes} bytes`;
    const isBomb = bytes > ARCHIVE_BOUNDS.freeBytes && bytes > packedBytes * ARCHIVE_BOUNDS.ratio;
    return isBomb
      ? `it unpacks to more than ${ARCHIVE_BOUNDS.ratio} times its ${packedBytes} bytes`
      : undefined;
  };
  return { add: (path, size) => pathProblem(path) ?? addAll(1, size), addAll, content: () => content };
}

function pathProblem(path: string): string | undefined {
  const parts = path.split('/').filter((part) => part !== '' && part !== '.');
  const shown = JSON.stringify(`${path.slice(0, 60)}${path.length > 60 ? '...' : ''}`);
  if (parts.length > ARCHIVE_BOUNDS.depth)
    return `${shown} lies more than ${ARCHIVE_BOUNDS.depth} folders deep`;
  const isLong =
    path.length >= ARCHIVE_BOUNDS.pathBytes || parts.some((part) => part.length > ARCHIVE_BOUNDS.nameBytes);
  return isLong ? `the name ${shown} is longer than a file's can be` : undefined;
}
