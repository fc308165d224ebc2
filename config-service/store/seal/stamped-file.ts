import { writeFileAtomic } from '../../kit/atomic-file.ts';
import { errnoOrText } from '../../kit/errno.ts';
import { ok, type Outcome } from '../../kit/outcome.ts';
import { createSerial } from '../../kit/serial.ts';
import { diskFault } from '../stamp/disk-fault.ts';
import { headOfFile, openRegularFile } from '../stamp/regular-file.ts';
import type { Ignored } from './sealed-file.ts';
import { compareStamps, describeStamp, printStamp, readStamp, type Stamp } from '../stamp/stamp.ts';

/** Every file of the state folder that is kept in clear ends so, but the register: it is how the fence knows its own. */
export const STAMPED_SUFFIX = '.stamped';

/**
 * A file that only this instance uses, replaced as a whole. In clear, for what holds no values: it needs no signature, and it
 * outlives a stop and start, which changes the key of what is sealed. The stamp says whose it is and proves nothing; whoever
 * reads it bears that the content is untrue.
 */
export interface StampedFile {
  /** Never fails: what cannot be used is ignored, with the reason. */
  load(): Promise<StampedLoad>;
  /**
   * Outlives this process when it resolves with ok, and a power cut as well unless `durable` is false; one save after the other.
   */
  save(content: Uint8Array, durable?: boolean): Promise<Outcome<void>>;
}

export type StampedLoad =
  | { readonly kind: 'loaded'; readonly content: Uint8Array }
  | { readonly kind: 'absent' }
  | Ignored;

const MAGIC = 'LFSTAMP1\n';

/** A stamp is longer than this only when it is none. In bytes. */
const MAX_HEAD_BYTES = 4096;

/** Far more than an instance has checkpoints: of some 100,000 log files. */
const MAX_BYTES = 64 * 1024 * 1024;

/**
 * The file `<folder>/<name>.stamped`, mode 0600.
 * @param uid effective user id of this process. What another user has put in its place is not used.
 */
export function createStampedFile(folder: string, name: string, here: Stamp, uid: number): StampedFile {
  const path = `${folder}/${name}${STAMPED_SUFFIX}`;
  const serial = createSerial();
  return {
    async load() {
      const found = await readOwn(path, uid).catch(errnoOrText);
      if (found === 'ENOENT') return { kind: 'absent' };
      if (typeof found === 'string') return ignored('unreadable', `reading it gave ${found}`);
      if (!Buffer.isBuffer(found)) return found;
      const stamp = stampIn(found);
      if (!stamp) return ignored('unreadable', 'its stamp cannot be read');
      const kinship = compareStamps(stamp, here);
      if (kinship !== 'same') return ignored(kinship, `it belongs to ${describeStamp(stamp)}`);
      return { kind: 'loaded', content: found.subarray(headLength(found)) };
    },
    async save(content, durable = true) {
      const bytes = Buffer.concat([Buffer.from(`${MAGIC}${printStamp(here)}\n`), content]);
      return serial.run(async () => {
        try {
          return ok(await writeFileAtomic(path, bytes, 0o600, undefined, durable));
        } catch (error) {
          return diskFault(error, 'write', path);
        }
      });
    },
  };
}

/**
 * Whose file this says it is; undefined when it does not say.
 * @throws the errno of what kept it from being read.
 */
export async function stampOfStamped(path: string): Promise<Stamp | undefined> {
  return stampIn(await headOfFile(path, MAX_HEAD_BYTES));
}

async function readOwn(path: string, uid: number): Promise<Buffer | Ignored> {
  const handle = await openRegularFile(path);
  if (!handle) return ignored('unreadable', 'it is no regular file');
  try {
    const { size, uid: owner } = await handle.stat();
    if (owner !== uid && owner !== 0) return ignored('unreadable', `it belongs to uid ${owner}`);
    if (size > MAX_BYTES) return ignored('unreadable', 'it is too large');
    return await handle.readFile();
  } finally {
    await handle.close();
  }
}

/** Magic, then one line of JSON: the stamp. */
function stampIn(bytes: Buffer): Stamp | undefined {
  if (bytes.toString('latin1', 0, MAGIC.length) !== MAGIC) return undefined;
  try {
    return readStamp(JSON.parse(bytes.toString('utf8', MAGIC.length, headLength(bytes))));
  } catch {
    return undefined;
  }
}

/** 0 when it does not end within its limit. */
function headLength(bytes: Buffer): number {
  return bytes.subarray(0, MAX_HEAD_BYTES).indexOf('\n', MAGIC.length) + 1;
}

function ignored(why: Ignored['why'], reason: string): Ignored {
  return { kind: 'ignored', why, reason };
}
