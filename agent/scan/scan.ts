import { existsSync, lstatSync, readFileSync, realpathSync } from 'node:fs';
import { resolve } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import type { Clock } from '#kit/clock.ts';
import { LandfallError } from '#kit/errors.ts';
import { bytePathOf, toSystem } from './bytes/byte-path.ts';
import { FileScanner } from './file-scanner.ts';
import { pseudoMounts } from './pseudo-files.ts';
import type { Collector, Policy } from './report/collector.ts';
import type { ScanReport } from './report/report.ts';
import { filesAt, type Found, type Root } from './walk.ts';
import { scanInWorkers } from './workers.ts';

export interface ScanOptions extends Policy {
  /** Relative paths are below this. */
  readonly cwd: string;
  readonly clock: Clock;
  /** Threads that share the work of a long scan; 1 by default. */
  readonly jobs?: number;
  /** The test's: after how many milliseconds they start. */
  readonly workersAfterMs?: number;
  /** Path of AWS's `ip-ranges.json`, which `regionOf` was made from: workers read it themselves. */
  readonly ipRanges?: string;
  /** Called now and then with how far the scan is. */
  readonly onProgress?: (progress: Progress) => void;
  /** Ends the scan early; it throws then. */
  readonly signal?: AbortSignal;
}

export interface Progress {
  readonly files: number;
  readonly bytes: number;
  readonly path: string;
  /** All there are, as far as that is known yet. */
  readonly totalFiles?: number;
  readonly totalBytes?: number;
}

/** How long timers and signals wait for their turn, in milliseconds. */
const BREATH_MS = 50;

/**
 * Looks into every file below the given paths for what ties it to a region. Nothing is written. What cannot be read is in
 * the report. @throws LandfallError `LF_USAGE` for a path that is not there.
 */
export async function scan(paths: readonly string[], options: ScanOptions): Promise<ScanReport> {
  const { clock, signal } = options;
  const mountinfo = mountinfoHere();
  const roots = paths.map((path) => rootOf(path, options.cwd));
  const mounts = pseudoMounts(mountinfo);
  const forecast = options.onProgress && new Forecast(roots, mounts);
  let current = '';
  let last = clock.monotonic();
  const tell = ({ files, bytes }: Pick<Collector, 'files' | 'bytes'>, path: string): void =>
    options.onProgress?.({ files, bytes, path, ...forecast?.total() });
  const giveWay = async (): Promise<void> => {
    await setImmediate();
    last = clock.monotonic();
  };
  const breathe = (): Promise<void> | undefined => {
    if (clock.monotonic() - last < BREATH_MS) return undefined;
    signal?.throwIfAborted();
    forecast?.goOn(clock);
    tell(collector, current);
    return giveWay();
  };
  const scanner = new FileScanner(options, mountinfo, breathe, options.regionOf);
  const { collector } = scanner;
  const handOver = clock.monotonic() + (options.workersAfterMs ?? WORKERS_AFTER_MS);
  const files = filesAt(roots, mounts, collector);
  for (const found of files) {
    current = found.subject.path;
    const rest = scanner.scan(found);
    if (rest !== undefined) await rest;
    const pause = breathe();
    if (pause !== undefined) await pause;
    if ((options.jobs ?? 1) > 1 && clock.monotonic() >= handOver) {
      const seen = { files: collector.files, bytes: collector.bytes };
      const parts = await scanInWorkers(files, { ...options, mountinfo }, (done, path) => {
        forecast?.goOn(clock);
        tell({ files: seen.files + done.files, bytes: seen.bytes + done.bytes }, path);
      });
      for (const part of parts) collector.merge(part);
    }
  }
  return collector.report();
}

/** What a scan of so many milliseconds leaves is worth the start of workers. */
const WORKERS_AFTER_MS = 400;

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

/** What it may take of the scan's own time at each breath, in milliseconds. */
const SHARE_MS = 5;

/** Counts ahead of a scan how many files there are and how large, a little at a time: it is for someone who waits. */
class Forecast {
  readonly #files: Generator<Found>;
  #count = 0;
  #bytes = 0;
  #isWhole = false;

  constructor(roots: readonly Root[], mounts: ReadonlyMap<string, string>) {
    // What is left out is the scan's own to tell.
    this.#files = filesAt(roots, mounts, { ignored: 0, skipped: [], addUnread: () => {} });
  }

  goOn(clock: Pick<Clock, 'monotonic'>): void {
    const end = clock.monotonic() + SHARE_MS;
    while (!this.#isWhole && clock.monotonic() < end) {
      const next = this.#files.next();
      if (next.done === true) this.#isWhole = true;
      else if (next.value.target === undefined) {
        this.#count += 1;
        this.#bytes += lstatSync(toSystem(next.value.path), { throwIfNoEntry: false })?.size ?? 0;
      }
    }
  }

  /** Nothing while they are still being counted. */
  total(): { totalFiles?: number; totalBytes?: number } {
    return this.#isWhole ? { totalFiles: this.#count, totalBytes: this.#bytes } : {};
  }
}
