/** A child process to run to its end. */
export interface Command {
  /** For events, logs and errors, such as `scripts.10-base`. */
  readonly label: string;
  readonly argv: readonly [string, ...string[]];
  /** Absolute. */
  readonly cwd: string;
  /** The whole environment: nothing is inherited. */
  readonly env: Readonly<Record<string, string>>;
  /** Name of the user to run as; left out: as this process. */
  readonly user?: string;
  /** Milliseconds; then the whole process group is killed. */
  readonly timeoutMs: number;
}

export type CommandEnd =
  | { readonly kind: 'exited'; readonly code: number }
  | { readonly kind: 'killed'; readonly signal: string }
  | { readonly kind: 'timeout'; readonly afterMs: number }
  /** The agent is stopping. */
  | { readonly kind: 'stopped' }
  /** `reason` is an errno, or why the user cannot be taken on. */
  | { readonly kind: 'unstarted'; readonly reason: string };

export interface CommandResult {
  readonly end: CommandEnd;
  /** The end of what it wrote, both streams as they came, at most 4 KiB: for errors. */
  readonly tail: string;
  readonly durationMs: number;
}

/** Runs one command; never rejects. Every line of output is handed on as it comes. */
export type RunCommand = (command: Command, signal: AbortSignal) => Promise<CommandResult>;
