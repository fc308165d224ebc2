/**
 * How long a thing may take in a test that is promised within `promisedMs`: machines of CI do much else meanwhile. It tells
 * what works from what does not; the bench holds to the promise itself.
 */
export function allowed(promisedMs: number): number {
  return promisedMs * 3;
}
