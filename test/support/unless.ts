import { describe, it } from 'vitest';

/**
 * A suite that cannot run everywhere. Where it cannot, one skipped test stands for it, with the cause as its note: the closing
 * lines of a run name it, and a warning in the middle of one is read by nobody.
 */
export function describeUnless(
  obstacle: string | undefined,
  name: string,
  suite: () => void,
  options: { readonly timeout?: number } = {},
): void {
  if (obstacle === undefined) describe(name, options, suite);
  else it(name, ({ skip }) => skip(obstacle));
}
