import type { Policy, ScanPart } from './report/collector.ts';
import type { Found } from './walk.ts';

/** What a worker is started with: all of the policy but what cannot be sent to a thread. */
export interface WorkerData extends Omit<Policy, 'regionOf' | 'witness'> {
  readonly mountinfo: string;
  readonly ipRanges: string | undefined;
}

/** To a worker: files to look into; none when there are no more. */
export type Batch = readonly Found[];

/** From a worker: that it has nothing to do, and in the end what it has seen. */
export type WorkerMessage =
  | { readonly kind: 'ready'; readonly files: number; readonly bytes: number; readonly path: string }
  | { readonly kind: 'part'; readonly part: ScanPart };
