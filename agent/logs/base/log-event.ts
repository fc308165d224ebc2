/** One event on its way from a source to CloudWatch Logs. */
export interface LogEvent {
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** Never empty. */
  readonly message: string;
  /** Bytes of the message in UTF-8. */
  readonly size: number;
  /** Position in its source right behind it: bytes for files, a running number for others. */
  readonly end: number;
  /** The path of its file, where each file has a stream of its own. */
  readonly path?: string | undefined;
  /** What is acknowledged by itself, such as one file of several: `end` counts within it. */
  readonly strand?: object | undefined;
  /**
   * Another instance wrote it, before the disk came to this one: it goes to the stream of that one. `marker`: a word of ours ahead of
   * it, which no filter leaves out.
   */
  readonly inherited?: 'event' | 'marker' | undefined;
}
