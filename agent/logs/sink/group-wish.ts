/** What a log group shall be like, where an entry of the plan says so. */
export interface GroupWish {
  /** Whose wish it is: of one entry, the later wish replaces the earlier. */
  readonly entry: string;
  /** One of the numbers PutRetentionPolicy takes; undefined: never touched. */
  readonly retentionDays: number | undefined;
  /** The ARN of a key; undefined: whatever key there is, and none is ever taken away. */
  readonly kmsKey: string | undefined;
  /** Those that shall be there; others stay as they are. */
  readonly tags: Readonly<Record<string, string>>;
  /** Of a group that is there it cannot be changed. */
  readonly class: 'STANDARD' | 'INFREQUENT_ACCESS' | undefined;
}

/** Of all entries that share a group. */
export type UnitedWish = Omit<GroupWish, 'entry'>;

export function wishesNothing({ retentionDays, kmsKey, tags, class: logClass }: GroupWish): boolean {
  return (
    retentionDays === undefined &&
    kmsKey === undefined &&
    logClass === undefined &&
    Object.keys(tags).length === 0
  );
}

export function isSameWish(one: GroupWish, other: GroupWish): boolean {
  return formOf(one) === formOf(other);
}

/** Where entries disagree, the last one counts. */
export function unitedWish(wishes: Iterable<GroupWish>): UnitedWish {
  let united: UnitedWish = { retentionDays: undefined, kmsKey: undefined, tags: {}, class: undefined };
  for (const wish of wishes) {
    united = {
      retentionDays: wish.retentionDays ?? united.retentionDays,
      kmsKey: wish.kmsKey ?? united.kmsKey,
      tags: { ...united.tags, ...wish.tags },
      class: wish.class ?? united.class,
    };
  }
  return united;
}

function formOf({ retentionDays, kmsKey, tags, class: logClass }: GroupWish): string {
  const inOrder = Object.entries(tags).toSorted(([one], [other]) => (one < other ? -1 : 1));
  return JSON.stringify([retentionDays, kmsKey, logClass, inOrder]);
}
