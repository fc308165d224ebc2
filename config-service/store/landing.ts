import { readdir, stat } from 'node:fs/promises';
import { writeFileAtomic } from '../kit/atomic-file.ts';
import { ok, type Outcome } from '../kit/outcome.ts';
import { diskFault } from './disk-fault.ts';
import { openRegularFile } from './regular-file.ts';
import { inspectRegister, REGISTER_NAME } from './rendered-register.ts';
import { SEALED_SUFFIX, stampOfSealed } from './sealed-file.ts';
import { compareStamps, readStamp, type Stamp } from './stamp.ts';

/** How the disk came to this instance: what lies on it and is older, others have written. */
export interface Landing {
  /** The instance that lived on the disk before. Never its region: nothing that is kept or sent names that. */
  readonly from: string;
  readonly to: string;
  /** Epoch ms. */
  readonly at: number;
}

export const LANDING_NAME = 'landing.record';

const MAX_BYTES = 4096;

export interface LandingOptions {
  readonly folder: string;
  readonly here: Stamp;
  /** Effective user id of this process. */
  readonly uid: number;
  /** Epoch ms: when this host booted; undefined when it does not say. */
  readonly bootedAt: number | undefined;
  readonly now: number;
}

export interface FoundLanding {
  readonly landing: Landing;
  /** Known from an earlier start. */
  readonly isKept: boolean;
}

/**
 * To be asked before the fence removes what tells. A folder in which anything is this instance's own is no landing: it has
 * lived here before. The disk came when this host booted, or later, when another instance was still writing its state then.
 */
export async function findLanding(options: LandingOptions): Promise<FoundLanding | undefined> {
  const { folder, here, bootedAt = 0, now } = options;
  const record = await readRecord(`${folder}/${LANDING_NAME}`);
  if (record?.landing && compareStamps(record.stamp, here) === 'same')
    return { landing: record.landing, isKept: true };
  const traces = await tracesIn(options);
  const others = traces.filter(({ stamp }) => compareStamps(stamp, here) !== 'same');
  // A clock that was ahead says nothing about when.
  const [last] = others.toSorted((a, b) => b.writtenAt - a.writtenAt);
  if (!last || others.length < traces.length) return undefined;
  const lastSign = Math.max(0, ...others.map(({ writtenAt }) => writtenAt).filter((at) => at <= now));
  const at = Math.ceil(Math.max(bootedAt, lastSign));
  return { landing: { from: last.stamp.instanceId, to: here.instanceId, at }, isKept: false };
}

/**
 * Stamped, but in clear and not sealed: a stop and start of the instance changes the key, and the disk has landed all the
 * same. It holds an instance id and a time.
 */
export async function keepLanding(
  folder: string,
  here: Stamp,
  { from, at }: Landing,
): Promise<Outcome<void>> {
  const path = `${folder}/${LANDING_NAME}`;
  try {
    return ok(await writeFileAtomic(path, `${JSON.stringify({ stamp: here, from, at })}\n`, 0o600));
  } catch (error) {
    return diskFault(error, 'write', path);
  }
}

/** For the fence. @throws the errno of what kept it from being read. */
export async function stampOfLanding(path: string): Promise<Stamp | undefined> {
  return readStamp(recordIn(await textOf(path))['stamp']);
}

interface Trace {
  readonly stamp: Stamp;
  readonly writtenAt: number;
}

/** Everything in the folder that says whose it is. */
async function tracesIn({ folder, uid }: LandingOptions): Promise<readonly Trace[]> {
  const names = await readdir(folder).catch(() => []);
  const traces = await Promise.all(names.map((name) => traceOf(`${folder}/${name}`, name, uid)));
  return traces.filter((trace) => trace !== undefined);
}

async function traceOf(path: string, name: string, uid: number): Promise<Trace | undefined> {
  try {
    const stamp = await stampIn(path, name, uid);
    return stamp && { stamp, writtenAt: (await stat(path)).mtimeMs };
  } catch {
    // What cannot be read proves nothing; the fence deals with it.
    return undefined;
  }
}

async function stampIn(path: string, name: string, uid: number): Promise<Stamp | undefined> {
  if (name === LANDING_NAME) return stampOfLanding(path);
  if (name === REGISTER_NAME) return (await inspectRegister(path, uid)).stamp;
  return name.endsWith(SEALED_SUFFIX) ? stampOfSealed(path) : undefined;
}

async function readRecord(path: string): Promise<{ stamp: Stamp; landing: Landing | undefined } | undefined> {
  const record = recordIn(await textOf(path).catch(() => ''));
  const stamp = readStamp(record['stamp']);
  const { from, at } = record;
  const isWhole = typeof from === 'string' && typeof at === 'number' && Number.isFinite(at);
  return stamp && { stamp, landing: isWhole ? { from, to: stamp.instanceId, at } : undefined };
}

function recordIn(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

async function textOf(path: string): Promise<string> {
  const handle = await openRegularFile(path);
  try {
    const head = Buffer.alloc(MAX_BYTES);
    const { bytesRead = 0 } = (await handle?.read(head, 0, head.length, 0)) ?? {};
    return head.toString('utf8', 0, bytesRead);
  } finally {
    await handle?.close();
  }
}
