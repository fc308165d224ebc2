import { parentPort, workerData } from 'node:worker_threads';
import { LandfallError } from '#kit/errors.ts';
import { readRangesFile } from '../settings/ip-ranges-file.ts';
import { FileScanner } from './file-scanner.ts';
import type { Batch, WorkerData, WorkerMessage } from './worker-messages.ts';

/** What one thread of a scan runs. */
async function main(): Promise<void> {
  const { mountinfo, ipRanges, ...policy } = workerData as WorkerData;
  const ranges = ipRanges === undefined ? undefined : await readRangesFile(ipRanges);
  if (ranges !== undefined && ranges.kind !== 'ok') throw new LandfallError(ranges.fault);
  // Whoever waits is another thread: nothing here has to give way.
  const scanner = new FileScanner(policy, mountinfo, () => undefined, ranges?.value.regionOf);
  const { collector } = scanner;
  const look = async (batch: Batch): Promise<void> => {
    for (const found of batch) {
      const rest = scanner.scan(found);
      if (rest !== undefined) await rest;
    }
    const { files, bytes } = collector;
    const path = batch.at(-1)?.subject.path ?? '';
    say(
      batch.length === 0 ? { kind: 'part', part: collector.part() } : { kind: 'ready', files, bytes, path },
    );
    if (batch.length === 0) parentPort?.close();
  };
  // An error that nobody expected ends the thread, and the scan with it.
  let last = Promise.resolve();
  parentPort?.on('message', (batch: Batch) => {
    last = last.then(() => look(batch));
  });
  say({ kind: 'ready', files: 0, bytes: 0, path: '' });
}

function say(message: WorkerMessage): void {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
  parentPort?.postMessage(message);
}

void main();
