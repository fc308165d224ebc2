import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:fs';
import { mkdtemp, open, rm, type FileHandle } from 'node:fs/promises';
import { promisify } from 'node:util';
import { COMMAND_FOLDER } from './command-folder.ts';

/** The way of one stream out of a command. */
export interface OutputPipe {
  /** Descriptor for the child. */
  readonly writeEnd: number;
  /** Lets go of our own copy of the child's end: as long as we hold it the pipe does not end. */
  releaseWriteEnd(): Promise<void>;
  /** Resolves when every process that holds the other end let go of it, or `close` was called. */
  readonly closed: Promise<unknown>;
  close(): Promise<void>;
}

export type OnData = (chunk: Uint8Array) => void;

/**
 * First to us, and when we listen no longer, to nowhere: what a command left in the background (`nohup app &`) would die of
 * its next line of output otherwise.
 */
const CARRY = 'cat; exec cat >/dev/null';

const ENVIRONMENT = { PATH: '/usr/bin:/bin' };

/**
 * Real pipes: what node makes for `stdio: 'pipe'` are sockets, and a script that opens /dev/stdout or /dev/stderr gets
 * ENXIO from a socket (`echo failed >/dev/stderr`, `tee /dev/stderr`; nodejs/node#21941). Node has no pipe(2), so each
 * is a FIFO, gone from the folder before the command starts, and a `cat` carries it over.
 * @throws the error of the step that failed.
 */
export async function openOutputPipes(
  runDir: string,
  onStdout: OnData,
  onStderr: OnData,
): Promise<readonly [OutputPipe, OutputPipe]> {
  const folder = await mkdtemp(`${runDir}/${COMMAND_FOLDER}`);
  const stdout = `${folder}/stdout`;
  const stderr = `${folder}/stderr`;
  try {
    // For all: a script that runs as another user opens /dev/stderr with its own rights. The folder is ours alone.
    await promisify(execFile)('mkfifo', ['-m', '666', stdout, stderr], { env: ENVIRONMENT });
    return [await openPipe(stdout, onStdout), await openPipe(stderr, onStderr)];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function openPipe(path: string, onData: OnData): Promise<OutputPipe> {
  // Opened for both, a FIFO waits for nobody (fifo(7)); after that neither end has to.
  const both = await open(path, constants.O_RDWR);
  const readEnd = await open(path, constants.O_RDONLY);
  const writeEnd = await open(path, constants.O_WRONLY);
  try {
    // A socket of ours over the descriptor would be simpler, but node's worker threads take it for a leak.
    const carrier = spawn('/bin/sh', ['-c', CARRY], {
      stdio: [readEnd.fd, 'pipe', 'ignore'],
      env: ENVIRONMENT,
      detached: true,
    });
    const { stdout } = carrier;
    if (stdout === null) throw new TypeError('stdout is a pipe');
    const closed = once(stdout, 'close');
    stdout.on('error', () => stdout.destroy());
    stdout.on('data', onData);
    await once(carrier, 'spawn');
    return {
      writeEnd: writeEnd.fd,
      releaseWriteEnd: () => closeOnce(writeEnd),
      closed,
      close: async () => {
        await closeOnce(writeEnd);
        // The carrier stays for as long as somebody holds the other end.
        stdout.destroy();
        carrier.unref();
      },
    };
  } catch (error) {
    await closeOnce(writeEnd);
    throw error;
  } finally {
    await both.close();
    await readEnd.close();
  }
}

/** A descriptor of -1 is one that was closed. */
async function closeOnce(handle: FileHandle): Promise<void> {
  if (handle.fd >= 0) await handle.close();
}
