import { jsonOf } from '#kit/json-text.ts';
import { createHash } from 'node:crypto';

/** All that is known of a session; its client keeps it. */
export interface Session {
  readonly application: string;
  readonly environment: string;
  readonly profile: string;
  readonly intervalSeconds: number;
  /** Fingerprint of what was sent last; empty before anything was. */
  readonly sent: string;
}

/**
 * A token that holds the session, so that nothing of it is here: it outlives a restart, may be used twice and does not expire.
 * The check tells one that was cut or changed on its way from one of ours; it keeps nobody from making one, who could only ask.
 */
export function printToken({ application, environment, profile, intervalSeconds, sent }: Session): string {
  const text = JSON.stringify([application, environment, profile, intervalSeconds, sent]);
  return `${Buffer.from(text).toString('base64url')}.${checkOf(text)}`;
}

/** Undefined for what is no token of ours. */
export function parseToken(token: string): Session | undefined {
  const [encoded = '', check, ...rest] = token.split('.');
  const text = Buffer.from(encoded, 'base64url').toString();
  if (rest.length > 0 || check !== checkOf(text)) return undefined;
  const [application, environment, profile, intervalSeconds, sent] = partsOf(text);
  if (typeof application !== 'string' || typeof environment !== 'string' || typeof profile !== 'string')
    return undefined;
  if (!Number.isSafeInteger(intervalSeconds) || typeof sent !== 'string') return undefined;
  return { application, environment, profile, intervalSeconds: Number(intervalSeconds), sent };
}

function partsOf(text: string): readonly unknown[] {
  const parts = jsonOf(text);
  return Array.isArray(parts) ? parts : [];
}

function checkOf(text: string): string {
  return createHash('sha256').update(text).digest('base64url').slice(0, 16);
}
