/** What an operator's command gets instead of `process`. */
export interface OpsContext {
  out(text: string): void;
  err(text: string): void;
  /** Aborts on SIGINT and SIGTERM. */
  readonly stop: AbortSignal;
}
