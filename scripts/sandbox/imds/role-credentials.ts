import { sessionToken } from '../wire/caller.ts';
import type { Clock } from '#kit/clock.ts';

/** Real IMDS has new credentials at least five minutes before the old ones end. */
const AHEAD_MS = 5 * 60_000;

/** Role credentials of one instance: reissued ahead of their end, or when a test says so. */
export class RoleCredentials {
  readonly #instanceId: string;
  readonly #lifetimeMs: number;
  readonly #clock: Clock;
  #issued: { readonly body: string; readonly expiresAt: number } | undefined;
  #serial = 0;

  constructor(instanceId: string, lifetimeMs: number, clock: Clock) {
    this.#instanceId = instanceId;
    this.#lifetimeMs = lifetimeMs;
    this.#clock = clock;
  }

  /** The body of `iam/security-credentials/<role>`. */
  current(): string {
    const ahead = Math.min(AHEAD_MS, this.#lifetimeMs / 2);
    if (!this.#issued || this.#issued.expiresAt - this.#clock.now() < ahead) this.#issued = this.#issue();
    return this.#issued.body;
  }

  /** The next read gets new ones; the old ones stay valid until they expire. */
  rotate(): void {
    this.#issued = undefined;
  }

  #issue(): { readonly body: string; readonly expiresAt: number } {
    this.#serial += 1;
    const now = this.#clock.now();
    // Whole seconds, as IMDS states them: a session must not end before the moment it announced.
    const expiresAt = Math.ceil((now + this.#lifetimeMs) / 1000) * 1000;
    const body = JSON.stringify(
      {
        Code: 'Success',
        LastUpdated: seconds(now),
        Type: 'AWS-HMAC',
        AccessKeyId: `ASIASANDBOX${String(this.#serial).padStart(9, '0')}`,
        SecretAccessKey: `sandbox+secret/${String(this.#serial).padStart(25, '0')}`,
        Token: sessionToken(this.#instanceId, expiresAt),
        Expiration: seconds(expiresAt),
      },
      undefined,
      2,
    );
    return { body, expiresAt };
  }
}

function seconds(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d{3}Z$/, 'Z');
}
