import type { Credentials } from '#agent/aws/credentials.ts';
import type { Terminal } from '#agent/console/terminal.ts';
import type { Clock, Random } from '#kit/clock.ts';
import type { Outcome } from '#kit/outcome.ts';

/** What an operator's command gets instead of `process`. */
export interface OpsContext extends Terminal {
  /** What is no text, to where text goes. */
  readonly outBytes: (bytes: Uint8Array) => void;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  readonly random: Random;
  /** Aborts on SIGINT and SIGTERM. */
  readonly stop: AbortSignal;
  /** Asks for the operator's credentials, the way every AWS tool finds them. `region`: where STS is asked, if it is. */
  readonly loadCredentials: (region: string) => Promise<Outcome<Credentials>>;
  /** From here on little memory counts for more than speed: for what waits for AWS, and reads long lists of it. */
  readonly keepSmall?: () => void;
  /** A question to whoever sits at the terminal; absent when nobody does. */
  readonly ask?: (question: string) => Promise<boolean>;
}
