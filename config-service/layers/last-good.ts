import type { Problem } from '../kit/errors.ts';
import type { Effective } from './effective.ts';
import { readTyped, type ValueType } from './typed.ts';

/** What a typed key is worth after some generations. */
export interface LastGood<T> {
  /** The last value that was of its type; undefined when there was none, or the key is gone. */
  readonly value: T | undefined;
  /** Set while the key holds something that is not of its type: then `value` is from an earlier generation. */
  readonly problem: Problem | undefined;
}

/**
 * Follows one typed key from generation to generation. A value that does not parse leaves the last good one in force and
 * raises the error state; a key that is removed is removed. (Archaius 2 hands out null, Archaius 1 the default, silently.)
 */
export function createLastGood<T>(key: string, type: ValueType<T>): (effective: Effective) => LastGood<T> {
  let value: T | undefined;
  return (effective) => {
    const read = readTyped(effective, key, type);
    if (read.kind === 'invalid') return { value, problem: read.problem };
    value = read.kind === 'value' ? read.value : undefined;
    return { value, problem: undefined };
  };
}
