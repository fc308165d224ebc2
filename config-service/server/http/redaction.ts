import type { ApiBackend } from '../backend/api-backend.ts';

export const REDACTED = '[redacted]';

/** Whether this reader gets this key's value. */
export function mayRead(backend: ApiBackend, key: string, authorized: boolean): boolean {
  return authorized || !backend.isSecret(key);
}
