/** A batch of PutLogEvents has 1,048,576 bytes, of which each event takes 26 besides its message (AWS API reference). */
export const MOST_EVENT_BYTES = 1_048_550;

/** How much of a window a reader must offer so that any record ends in it or is known to be too long. */
export function windowFor(maxEventBytes: number): number {
  return maxEventBytes + 64 * 1024;
}
