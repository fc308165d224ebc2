import { booleanOf, numberOf } from '#config-service';
import { Inexpressible } from './escapes.ts';

/**
 * What values mean where a template decides. Every property is text, so a text stands for what typed reads take it for:
 * beside a number it is one, beside true or false it is one, and two texts are texts
 * (docs/decisions/0015-conditions-of-templates.md).
 */

/** What a condition by itself holds for: not for nothing, blanks, `false f no n off`, zero, and an empty list. */
export function isTrue(value: unknown): boolean {
  if (value === undefined || value === null) return false;
  if (typeof value === 'boolean') return value;
  if (typeof value === 'number') return value !== 0 && !Number.isNaN(value);
  if (Array.isArray(value)) return value.length > 0;
  if (typeof value !== 'string') return true;
  return value.trim() !== '' && (booleanOf(value) ?? numberOf(value) !== 0);
}

/** `a == b`. What is not there equals only what is not there. */
export function areEqual(a: unknown, b: unknown): boolean {
  if (isNothing(a) || isNothing(b)) return isNothing(a) && isNothing(b);
  if (typeof a === 'boolean' || typeof b === 'boolean') return isSame(truthOf(a), truthOf(b));
  if (typeof a === 'number' || typeof b === 'number') return isSame(numberIn(a), numberIn(b));
  if (Array.isArray(a) && Array.isArray(b))
    return a.length === b.length && a.every((item, index) => areEqual(item, b[index]));
  return a === b;
}

/**
 * Below zero, zero, above zero as `a` is less than, equal to or greater than `b`: two numbers by their size, two other texts
 * by their characters. Undefined where a side is nothing or blank. A text that is no number has no order with a number.
 */
export function orderOf(a: unknown, b: unknown): number | undefined {
  if (isBlank(a) || isBlank(b)) return undefined;
  const [left, right] = [numberIn(a), numberIn(b)];
  if (left !== undefined && right !== undefined) return left - right;
  if (typeof a === 'string' && typeof b === 'string') return a < b ? -1 : Number(a > b);
  throw new Inexpressible('it asks for the greater of a number and what is none');
}

/** A number as it is, of a text the number that a typed read gives. */
export function numberIn(value: unknown): number | undefined {
  if (typeof value === 'number') return value;
  return typeof value === 'string' ? numberOf(value) : undefined;
}

/** True or false as it is, of a text what a typed read gives. */
export function truthOf(value: unknown): boolean | undefined {
  if (typeof value === 'boolean') return value;
  return typeof value === 'string' || typeof value === 'number' ? booleanOf(String(value)) : undefined;
}

/** What a filter of lists goes through: of what is none, the value itself. */
export function itemsOf(list: unknown): readonly unknown[] {
  if (isNothing(list)) return [];
  return Array.isArray(list) ? list : [list];
}

function isSame<T>(a: T | undefined, b: T | undefined): boolean {
  return a !== undefined && a === b;
}

function isNothing(value: unknown): boolean {
  return value === undefined || value === null;
}

function isBlank(value: unknown): boolean {
  return isNothing(value) || (typeof value === 'string' && value.trim() === '');
}
