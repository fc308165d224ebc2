import { createHash } from 'node:crypto';

/** Lower-case hex SHA-256: how Landfall names content everywhere. */
export function sha256Hex(content: Uint8Array | string): string {
  return createHash('sha256').update(content).digest('hex');
}

export function isSha256Hex(text: string): boolean {
  return /^[0-9a-f]{64}$/.test(text);
}
