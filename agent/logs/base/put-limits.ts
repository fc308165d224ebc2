/** PutLogEvents, as its API reference has it. */
export const PUT_LIMITS = {
  /** Of a batch: the UTF-8 bytes of its messages, and `overheadBytes` for each. */
  batchBytes: 1_048_576,
  overheadBytes: 26,
  events: 10_000,
  /** Between the first and the last event of a batch. */
  spanMs: 86_400_000,
  /** Older than this, or further in the future than `aheadMs`, an event is rejected by itself. */
  pastMs: 14 * 86_400_000,
  aheadMs: 2 * 3_600_000,
} as const;

/** The largest message that fits in a batch, alone. */
export const MOST_MESSAGE_BYTES = PUT_LIMITS.batchBytes - PUT_LIMITS.overheadBytes;

/**
 * Of the JSON a batch becomes, in bytes: nothing but control characters (6 bytes of JSON for 1 of text) comes near it, so it
 * cuts such batches down and no others (case 39). What AWS takes is not documented.
 */
export const MOST_BODY_BYTES = 3 * 1024 * 1024;
