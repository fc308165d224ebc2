import type { QueuedDatum } from '../base/datum.ts';

/** "Each request is also limited to no more than 1000 different metrics" (PutMetricData). */
export const MAX_DATA = 1_000;

/** "1 MB", taken for a million before compression, and room for what surrounds the data. */
export const MAX_BYTES = 999_000;

/** `{"Namespace":"...","MetricData":[...]}` around a namespace of 255. */
const FRAME_BYTES = 300;

/** How many from the front of the queue make one request: of one namespace, within count and bytes; at least one. */
export function packLength(queue: readonly QueuedDatum[]): number {
  const [first] = queue;
  let bytes = FRAME_BYTES;
  let length = 0;
  for (const { namespace, bytes: more } of queue) {
    // A comma between each two.
    bytes += more + 1;
    if (length === MAX_DATA || namespace !== first?.namespace || (bytes > MAX_BYTES && length > 0)) break;
    length += 1;
  }
  return length;
}
