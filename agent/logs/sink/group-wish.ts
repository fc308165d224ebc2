/** What a log group shall be like, where the plan says so. */
export interface GroupWish {
  /** One of the numbers PutRetentionPolicy takes; undefined: never touched. */
  readonly retentionDays: number | undefined;
  /** These three are only of use when the group is created. */
  readonly kmsKey: string | undefined;
  readonly tags: Readonly<Record<string, string>>;
  readonly class: 'STANDARD' | 'INFREQUENT_ACCESS' | undefined;
}
