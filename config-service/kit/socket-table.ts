import { closeSync, openSync, readSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { setImmediate } from 'node:timers/promises';

/**
 * The kernel's tables of sockets (proc_net(5)) in the network namespace of this process: `tcp`, `tcp6`, `udp`, `udp6`. Not those of
 * containers, which have a namespace of their own.
 */
export const SOCKET_TABLES = '/proc/self/net';

/** The kernel gives one page a read(2), of whatever buffer: some 27 lines. */
const PIECE_BYTES = 64 * 1024;

/**
 * A table as pieces of whole lines, the head of the table among them: a busy host has megabytes of it, and no more than one piece is
 * held, which the next one overwrites. Gives way to others between two pieces, so that sockets that open and close meanwhile may be missed or come twice.
 * Nothing where there is no such table. @throws the errno for what is there and cannot be read.
 */
export async function* readSocketTable(path: string): AsyncGenerator<Buffer> {
  const file = openTable(path);
  if (file === undefined) return;
  try {
    const buffer = Buffer.allocUnsafe(PIECE_BYTES);
    let kept = 0;
    for (;;) {
      let length = kept;
      let read = 1;
      while (read > 0 && length < PIECE_BYTES) {
        read = readSync(file, buffer, length, PIECE_BYTES - length, null);
        length += read;
      }
      // The last one ends with its line, too.
      const end = buffer.lastIndexOf(0x0a, length - 1) + 1;
      if (length === 0 || end === 0) return;
      yield buffer.subarray(0, end);
      if (read === 0) return;
      buffer.copyWithin(0, end, length);
      kept = length - end;
      await setImmediate();
    }
  } finally {
    closeSync(file);
  }
}

/** A whole table, empty where it may not be read. */
export function socketTable(path: string): Promise<string> {
  // By a thread of Node's: who listens must not stop to accept for as long as the kernel makes the text up.
  return readFile(path, 'latin1').catch(() => '');
}

/** Synchronous, as the reads are: the kernel makes the text up while it is asked, and a thread would cost more than that. */
function openTable(path: string): number | undefined {
  try {
    return openSync(path, 'r');
  } catch (error) {
    const isAbsent = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    if (isAbsent) return undefined;
    throw error;
  }
}

/** One end: the address as the table has it, eight hexadecimal digits for each four bytes in the order of the processor. */
export interface SocketLine {
  readonly local: string;
  readonly remote: string;
  readonly localPort: number;
  readonly remotePort: number;
  /** Two hexadecimal digits, by the numbers of include/net/tcp_states.h. */
  readonly state: string;
  readonly uid: string;
  /** `0` once no process holds it any more. */
  readonly inode: string;
}

const LINE =
  /^\s*\d+: ([0-9A-F]{8,32}):([0-9A-F]{4}) ([0-9A-F]{8,32}):([0-9A-F]{4}) ([0-9A-F]{2}) \S+ \S+ \S+ +(\d+) +\d+ (\d+)/;

/** Undefined for what is none, such as the head of a table. */
export function parseSocketLine(line: string): SocketLine | undefined {
  const [, local = '', localPort = '', remote = '', remotePort = '', state = '', uid = '', inode = ''] =
    LINE.exec(line) ?? [];
  if (inode === '') return undefined;
  return {
    local,
    remote,
    localPort: Number.parseInt(localPort, 16),
    remotePort: Number.parseInt(remotePort, 16),
    state,
    uid,
    inode,
  };
}
