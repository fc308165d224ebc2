import type { JsonValue, Property } from '#config-service';

/** Major version of Archaius; version 1 splits values at commas by itself. */
export type Version = 1 | 2;

/**
 * The value of a property as Archaius has to find it to hand it out unchanged: both resolve `${...}` once more, for which a
 * dollar before it is the escape. A list is its items with commas between them.
 */
export function listText({ value, list }: Property, version: Version): string {
  const parts = list === undefined ? [value] : list.map(textOf);
  const isSplit = version === 1 && (parts.length > 1 || parts.some((part) => part.includes(',')));
  // Of a value without a comma no backslash is an escape.
  const text = (isSplit ? parts.map((part) => part.replaceAll(/[\\,]/g, '\\$&')) : parts).join(',');
  return text.replaceAll('${', '$$${');
}

function textOf(item: JsonValue): string {
  return typeof item === 'string' ? item : JSON.stringify(item);
}
