import type { Desk } from './desk.ts';

export const REDACTED = '[redacted]';

/** Whether this reader gets this key's value. */
export function mayRead(desk: Desk, key: string, authorized: boolean): boolean {
  return authorized || !desk.isSecret(key);
}
