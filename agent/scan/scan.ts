import { closeSync, constants, existsSync, openSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import type { Clock } from '#kit/clock.ts';
import { LandfallError } from '#kit/errors.ts';
import { bytePathOf, toSystem } from './byte-path.ts';
import { Collector, type Policy, type Subject } from './collector.ts';
import { ContentScanner } from './content.ts';
import { causeOf } from './damage.ts';
import { pseudoMounts } from './pseudo-files.ts';
import type { ScanReport } from './report.ts';
import { PackageRecords } from './records/package-records.ts';
import { judge } from './trust.ts';
import { walk, type Found, type Root } from './walk.ts';

export interface ScanOptions extends Policy {
  /** Relative paths are below this. */
  readonly cwd: string;
  readonly clock: Clock;
  /** Called now and then with how far the scan is. */
  readonly onProgress?: (progress: Progress) => void;
  /** Ends the scan early; it throws then. */
  readonly signal?: AbortSignal;
}

export interface Progress {
  readonly files: number;
  readonly bytes: number;
  readonly path: string;
}

/** How long timers and signals wait for their turn, in milliseconds. */
const BREATH_MS = 50;

/** A link that appears between the walk and here is not followed, and a pipe is not waited for. */
const READ = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK | constants.O_NOCTTY;

/**
 * Looks into every file below the given paths for what ties it to a region. Nothing is written. What cannot be read is in
 * the report. @throws LandfallError `LF_USAGE` for a path that is not there.
 */
export async function scan(paths: readonly string[], options: ScanOptions): Promise<ScanReport> {
  const mountinfo = mountinfoHere();
  const records = new PackageRecords(mountinfo);
  const collector = new Collector(options, (path, sightings) => judge(path, sightings, records));
  const roots = paths.map((path) => rootOf(path, options.cwd));
  const mounts = pseudoMounts(mountinfo);
  let current = '';
  let last = options.clock.monotonic();
  const breathe = (): Promise<void> | undefined => {
    if (options.clock.monotonic() - last < BREATH_MS) return undefined;
    options.signal?.throwIfAborted();
    options.onProgress?.({ files: collector.files, bytes: collector.bytes, path: current });
    return giveWay();
  };
  const giveWay = async (): Promise<void> => {
    await setImmediate();
    last = options.clock.monotonic();
  };
  const content = new ContentScanner(collector, breathe, options.regionOf);
  for (const root of roots) {
    for (const found of foundAt(root, mounts, collector)) {
      current = found.subject.path;
      const rest = look(found, content, collector);
      if (rest !== undefined) await rest;
      collector.settle(found.subject, found.target === undefined ? found.path : undefined);
      const pause = breathe();
      if (pause !== undefined) await pause;
    }
  }
  return collector.report();
}

function look(found: Found, content: ContentScanner, collector: Collector): Promise<void> | undefined {
  const { subject, path, target } = found;
  if (target !== undefined) {
    content.scanText(subject, target);
    return undefined;
  }
  let file: number | undefined;
  try {
    file = openSync(toSystem(path), READ);
    const rest = content.scanFile(subject, file);
    if (rest === undefined) {
      closeSync(file);
      return undefined;
    }
    return finished(rest, file, subject, collector);
  } catch (error) {
    if (file !== undefined) closeSync(file);
    collector.addUnread(subject, causeOf(error));
    return undefined;
  }
}

async function finished(
  rest: Promise<void>,
  file: number,
  subject: Subject,
  collector: Collector,
): Promise<void> {
  try {
    await rest;
  } catch (error) {
    if (error instanceof DOMException) throw error;
    collector.addUnread(subject, causeOf(error));
  } finally {
    closeSync(file);
  }
}

function* foundAt(root: Root, mounts: ReadonlyMap<string, string>, collector: Collector): Generator<Found> {
  const type = mounts.get(root.path);
  if (type !== undefined) {
    collector.addUnread({ path: root.shown, relative: '' }, `a pseudo file system (${type})`);
  } else if (statSync(toSystem(root.path)).isDirectory()) {
    yield* walk(root, mounts, collector);
  } else {
    const subject = { path: root.shown, relative: basename(root.shown) };
    yield { subject, path: root.path, target: undefined };
  }
}

/** A path that was given is followed to what it points to; no link below it is. */
function rootOf(path: string, cwd: string): Root {
  const absolute = resolve(cwd, path);
  if (!existsSync(absolute)) {
    throw new LandfallError({
      code: 'LF_USAGE',
      operation: 'scan',
      subject: path,
      cause: 'there is no such file or folder, or it may not be looked at',
      hint: 'Give paths of files and folders that exist.',
    });
  }
  return { path: bytePathOf(realpathSync(absolute)), shown: path };
}

function mountinfoHere(): string {
  try {
    return readFileSync('/proc/self/mountinfo', 'latin1');
  } catch {
    // No proc, no mounts to know of: folders are still told by their names.
    return '';
  }
}
