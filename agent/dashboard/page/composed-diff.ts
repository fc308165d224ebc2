import type { ChangedValue, Diff } from './documents.ts';

/** What is different between two generations that need not follow each other. */
export interface ComposedDiff {
  readonly added: readonly { readonly key: string; readonly value: string }[];
  readonly removed: readonly { readonly key: string; readonly value: string }[];
  readonly changed: readonly ChangedValue[];
}

/** As the API has it where a reader may not see a value. */
const REDACTED = '[redacted]';

interface Change {
  readonly before: string | undefined;
  readonly after: string | undefined;
}

/**
 * One step after the other, as the API tells them, oldest first. What was changed back is no difference; of a value that is
 * redacted nobody can tell, so it counts as one.
 */
export function composeDiffs(steps: readonly Diff[]): ComposedDiff {
  const changes = new Map<string, Change>();
  const note = (key: string, before: string | undefined, after: string | undefined): void => {
    const known = changes.get(key);
    changes.set(key, { before: known ? known.before : before, after });
  };
  for (const { added, removed, changed } of steps) {
    for (const { key, value } of removed) note(key, value, undefined);
    for (const { key, value } of added) note(key, undefined, value);
    for (const { key, before, after } of changed) note(key, before, after);
  }
  const sorted = [...changes].toSorted(([a], [b]) => (a < b ? -1 : 1));
  return {
    added: sorted.flatMap(([key, { before, after }]) =>
      before === undefined && after !== undefined ? [{ key, value: after }] : [],
    ),
    removed: sorted.flatMap(([key, { before, after }]) =>
      before !== undefined && after === undefined ? [{ key, value: before }] : [],
    ),
    changed: sorted.flatMap(([key, { before, after }]) =>
      before !== undefined && after !== undefined && (before !== after || before === REDACTED)
        ? [{ key, before, after }]
        : [],
    ),
  };
}

/** The other way round. */
export function reversed({ added, removed, changed }: ComposedDiff): ComposedDiff {
  return {
    added: removed,
    removed: added,
    changed: changed.map(({ key, before, after }) => ({ key, before: after, after: before })),
  };
}
