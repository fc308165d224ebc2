import { readdir, stat } from 'node:fs/promises';
import { isRecord } from '../../kit/is-record.ts';
import { jsonOf } from '../../kit/json-text.ts';
import type { Outcome } from '../../kit/outcome.ts';
import { inspectRegister, REGISTER_NAME } from '../folder/register-file.ts';
import { compareStamps, type Stamp } from '../stamp/stamp.ts';
import { createStampedFile, type StampedFile } from '../seal/stamped-file.ts';
import { stateFileOf } from '../folder/state-file.ts';

/** How the disk came to this instance: what lies on it and is older, others have written. */
export interface Landing {
  /** The instance that lived on the disk before. Never its region: nothing that is kept or sent names that. */
  readonly from: string;
  readonly to: string;
  /** Epoch ms. */
  readonly at: number;
}

export interface LandingPlace {
  readonly folder: string;
  readonly here: Stamp;
  /** Effective user id of this process. */
  readonly uid: number;
}

export interface LandingOptions extends LandingPlace {
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
  const { here, bootedAt = 0, now } = options;
  const kept = await keptLanding(options);
  if (kept) return { landing: kept, isKept: true };
  const traces = await tracesIn(options);
  const others = traces.filter(({ stamp }) => compareStamps(stamp, here) !== 'same');
  // A clock that was ahead says nothing about when.
  const [last] = others.toSorted((a, b) => b.writtenAt - a.writtenAt);
  if (!last || others.length < traces.length) return undefined;
  const lastSign = Math.max(0, ...others.map(({ writtenAt }) => writtenAt).filter((at) => at <= now));
  const at = Math.ceil(Math.max(bootedAt, lastSign));
  return { landing: { from: last.stamp.instanceId, to: here.instanceId, at }, isKept: false };
}

/** Stamped and not sealed: a stop and start changes the key, and the disk has landed all the same. An instance id and a time. */
export async function keepLanding(place: LandingPlace, { from, at }: Landing): Promise<Outcome<void>> {
  return fileIn(place).save(Buffer.from(`${JSON.stringify({ from, at })}\n`));
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
  if (name === REGISTER_NAME) return (await inspectRegister(path, uid)).stamp;
  return stateFileOf(name)?.stampAt(path);
}

async function keptLanding(place: LandingPlace): Promise<Landing | undefined> {
  const loaded = await fileIn(place).load();
  if (loaded.kind !== 'loaded') return undefined;
  const { from, at } = recordIn(Buffer.from(loaded.content).toString());
  const isWhole = typeof from === 'string' && typeof at === 'number' && Number.isFinite(at);
  return isWhole ? { from, to: place.here.instanceId, at } : undefined;
}

function fileIn({ folder, here, uid }: LandingPlace): StampedFile {
  return createStampedFile(folder, 'landing', here, uid);
}

function recordIn(text: string): Readonly<Record<string, unknown>> {
  const value = jsonOf(text);
  return isRecord(value) ? value : {};
}
