import { getAsset, isSea } from 'node:sea';
import { Worker } from 'node:worker_threads';
import type { ScanPart } from './report/collector.ts';
import type { Batch, WorkerData, WorkerMessage } from './worker-messages.ts';
import type { Found } from './walk.ts';

/** In the executable the code of a worker is an asset of this name. */
const ASSET = 'scan-worker';
/** Files that a worker gets at a time. */
const BATCH = 32;
/** A young generation that the daemon has no use for; with its megabyte a scan collects garbage a tenth of its time. */
const YOUNG_MB = 16;

interface Options extends Omit<WorkerData, 'ipRanges'> {
  readonly jobs?: number;
  readonly ipRanges?: string;
  readonly signal?: AbortSignal;
}

/**
 * Shares the files among as many threads as jobs. Each gets the next ones when it is done with what it had, so that none waits for
 * another; what they have seen is given back when there are no more files.
 */
export async function scanInWorkers(
  files: Iterator<Found>,
  options: Options,
  onProgress: (done: { readonly files: number; readonly bytes: number }, path: string) => void,
): Promise<readonly ScanPart[]> {
  const workers = Array.from({ length: options.jobs ?? 1 }, () => start(options));
  const done = workers.map(() => ({ files: 0, bytes: 0 }));
  const stop = (): void => workers.forEach((worker) => void worker.terminate());
  options.signal?.addEventListener('abort', stop);
  try {
    return await Promise.all(
      workers.map((worker, index) =>
        fed(worker, files, (count, path) => {
          done[index] = count;
          const sum = (of: 'files' | 'bytes'): number => done.reduce((total, each) => total + each[of], 0);
          onProgress({ files: sum('files'), bytes: sum('bytes') }, path);
        }),
      ),
    );
  } finally {
    options.signal?.removeEventListener('abort', stop);
    stop();
    options.signal?.throwIfAborted();
  }
}

function start({ home, unknown, baseline, vendor, own, mountinfo, ipRanges }: Options): Worker {
  // A field that is left out here is a policy that holds in one thread of several.
  const workerData: { readonly [K in keyof Required<WorkerData>]: WorkerData[K] | undefined } = {
    home,
    unknown,
    baseline,
    vendor,
    own,
    mountinfo,
    ipRanges,
  };
  const settings = { workerData, resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB } };
  return isSea()
    ? new Worker(getAsset(ASSET, 'latin1'), { ...settings, eval: true })
    : new Worker(new URL('scan-worker.ts', import.meta.url), settings);
}

function fed(
  worker: Worker,
  files: Iterator<Found>,
  onProgress: (done: { readonly files: number; readonly bytes: number }, path: string) => void,
): Promise<ScanPart> {
  const { promise, resolve, reject } = Promise.withResolvers<ScanPart>();
  worker.on('error', reject);
  worker.on('exit', (code) => reject(new Error(`a thread of the scan ended early, with ${code}`)));
  worker.on('message', (message: WorkerMessage) => {
    if (message.kind === 'part') {
      resolve(message.part);
      return;
    }
    if (message.files > 0) onProgress(message, message.path);
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
    worker.postMessage(nextBatch(files));
  });
  return promise;
}

function nextBatch(files: Iterator<Found>): Batch {
  const batch: Found[] = [];
  while (batch.length < BATCH) {
    const next = files.next();
    if (next.done === true) break;
    batch.push(next.value);
  }
  return batch;
}
