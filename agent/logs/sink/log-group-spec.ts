/** What a log group shall be like, where an entry of the plan says so. */
export interface LogGroupSpec {
  /** Whose wish it is: of one entry, the later wish replaces the earlier. */
  readonly entry: string;
  /** One of the numbers PutRetentionPolicy takes; undefined: never touched. */
  readonly retentionDays: number | undefined;
  /** The ARN of a key; undefined: whatever key there is, and none is ever taken away. */
  readonly kmsKey: string | undefined;
  /** Those that shall be there; others stay as they are. */
  readonly tags: Readonly<Record<string, string>>;
  /** Storage class; AWS does not change it for a group that exists. */
  readonly class: 'STANDARD' | 'INFREQUENT_ACCESS' | undefined;
  /** All that the entry shall have, and no others of its own; undefined: never looked at. */
  readonly metricFilters: readonly MetricFilter[] | undefined;
}

/** A metric filter of CloudWatch Logs, as an entry of the plan wants it. */
export interface MetricFilter {
  readonly name: string;
  /** In the syntax of CloudWatch; empty matches every event. */
  readonly pattern: string;
  readonly metric: string;
  readonly namespace: string;
  /** A number, or a field of the event such as `$.ms`. */
  readonly value: string;
  /** What is told for a period without a match; undefined: nothing. */
  readonly otherwise: number | undefined;
  readonly unit: string | undefined;
  /** Names of dimensions with the fields that they are read from. */
  readonly by: Readonly<Record<string, string>>;
}

/** What all entries that share a group ask for, united. */
export interface UnitedWish extends Omit<LogGroupSpec, 'entry' | 'metricFilters'> {
  /** By entry. */
  readonly metricFilters: ReadonlyMap<string, readonly MetricFilter[]>;
}

export function wishesNothing(wish: LogGroupSpec): boolean {
  const { retentionDays, kmsKey, tags, class: logClass, metricFilters } = wish;
  return (
    metricFilters === undefined &&
    retentionDays === undefined &&
    kmsKey === undefined &&
    logClass === undefined &&
    Object.keys(tags).length === 0
  );
}

export function isSameWish(one: LogGroupSpec, other: LogGroupSpec): boolean {
  return formOf(one) === formOf(other);
}

/** Where entries disagree, the last one counts. */
export function unitedWish(wishes: Iterable<LogGroupSpec>): UnitedWish {
  const metricFilters = new Map<string, readonly MetricFilter[]>();
  const nothing = { retentionDays: undefined, kmsKey: undefined, tags: {}, class: undefined };
  let united: UnitedWish = { ...nothing, metricFilters };
  for (const wish of wishes) {
    if (wish.metricFilters) metricFilters.set(wish.entry, wish.metricFilters);
    united = {
      metricFilters,
      retentionDays: wish.retentionDays ?? united.retentionDays,
      kmsKey: wish.kmsKey ?? united.kmsKey,
      tags: { ...united.tags, ...wish.tags },
      class: wish.class ?? united.class,
    };
  }
  return united;
}

function formOf({ retentionDays, kmsKey, tags, class: logClass, metricFilters }: LogGroupSpec): string {
  const inOrder = Object.entries(tags).toSorted(([one], [other]) => (one < other ? -1 : 1));
  return JSON.stringify([retentionDays, kmsKey, logClass, inOrder, metricFilters]);
}
