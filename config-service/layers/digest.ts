import { createHash } from 'node:crypto';
import type { Effective } from './effective.ts';

/**
 * Lower-case hex SHA-256 of the effective keys and values: one line `["key","value"]` of JSON for each property, in the order
 * of the keys. JSON frames without ambiguity and escapes lone surrogates, which UTF-8 would make all alike. Where a value
 * comes from does not count.
 *
 * The digest is shown to anybody, so that of a value with a secret would let a short one be guessed at leisure. Its line is
 * `["key","masked","raw"]`: the version of a secret stands for it, which changes with it and tells nothing. (A keyed
 * hash would, too, but no two instances would have the same digest, nor one instance twice.) `raw` is there because text
 * that looks like a mask could otherwise change places with one.
 */
export function digestOf(effective: Effective): string {
  const hash = createHash('sha256');
  let lines = '';
  for (const { key, value, masked, raw } of effective.values()) {
    // Piece by piece: JSON.stringify of a text alone is three times as fast as of an array.
    const rest = masked === undefined ? '' : `,${JSON.stringify(raw)}`;
    lines += `[${JSON.stringify(key)},${JSON.stringify(masked ?? value)}${rest}]\n`;
    if (lines.length > CHUNK) {
      hash.update(lines);
      lines = '';
    }
  }
  return hash.update(lines).digest('hex');
}

/** Code units gathered before they are hashed: a call per property would cost more than the hash. */
const CHUNK = 64 * 1024;
