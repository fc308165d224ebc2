import { createHash } from 'node:crypto';
import type { Effective } from './effective.ts';

/**
 * Lower-case hex SHA-256 of the effective keys and values: one line `["key","value"]` of JSON for each property, in the order
 * of the keys. JSON frames without ambiguity and escapes lone surrogates, which UTF-8 would make all alike. Where a value
 * comes from does not count.
 */
export function digestOf(effective: Effective): string {
  const hash = createHash('sha256');
  let lines = '';
  for (const { key, value } of effective.values()) {
    lines += `${JSON.stringify([key, value])}\n`;
    if (lines.length > CHUNK) {
      hash.update(lines);
      lines = '';
    }
  }
  return hash.update(lines).digest('hex');
}

/** Code units gathered before they are hashed: a call per property would cost more than the hash. */
const CHUNK = 64 * 1024;
