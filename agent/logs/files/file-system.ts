/** What a poll learns of a file. */
export interface FileStat {
  /** Of the file system; changes with a reboot on NFS and overlayfs (case 23). */
  readonly device: string;
  readonly inode: string;
  readonly size: number;
  readonly mtimeMs: number;
  /** 0: deleted, and only open descriptors hold it. */
  readonly links: number;
  readonly kind: 'file' | 'folder' | 'pipe' | 'socket' | 'device' | 'other';
}

export interface FolderEntry {
  readonly name: string;
  readonly kind: 'file' | 'folder' | 'link' | 'other';
}

/** One open file, read by position. */
export interface OpenFile {
  stat(): Promise<FileStat>;
  /** Fills `buffer` from its beginning with what stands at `position`; fewer bytes than it has room for mean the end. */
  read(buffer: Buffer, position: number): Promise<number>;
  close(): Promise<void>;
}

/**
 * All that a tail asks of a disk, so that a simulator can be one. What is not there is undefined; what fails otherwise throws
 * with the `code` of its errno.
 */
export interface FileSystem {
  /** Follows links. */
  stat(path: string): Promise<FileStat | undefined>;
  list(folder: string): Promise<readonly FolderEntry[]>;
  open(path: string): Promise<OpenFile | undefined>;
  /**
   * Calls `changed` once, soon after something in the folder changed; or never: it is a hint, beside polling. Returns what
   * ends the watch.
   */
  watch(folder: string, changed: () => void): () => void;
}

/** Key of an inode, the same for all its names. */
export function inodeKey({ device, inode }: Pick<FileStat, 'device' | 'inode'>): string {
  return `${device}:${inode}`;
}
