/**
 * Work that may be long, in steps: at each `yield` whoever drives it may let others have their turn, or stop it for good. What
 * comes out does not depend on where it pauses, as long as nothing that it reads changes meanwhile.
 */
export type Steps<T> = Generator<void, T>;

/** The work in one go. */
export function whole<T>(steps: Steps<T>): T {
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}

/** So many small things are one step: tenths of a millisecond where there is no compiler. */
export const A_STEP = 256;

export function* each<T>(items: Iterable<T>, use: (item: T) => void): Steps<void> {
  let left = A_STEP;
  for (const item of items) {
    use(item);
    left -= 1;
    if (left > 0) continue;
    left = A_STEP;
    yield;
  }
}
