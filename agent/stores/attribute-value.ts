import { isRecord } from '#kit/is-record.ts';

/** What an attribute holds; numbers and truths as they are written. */
export type Plain = string | readonly Plain[] | { readonly [name: string]: Plain };

/** Nested as deep as DynamoDB allows (Developer Guide, "Naming rules and data types"). */
const DEEPEST = 32;

/** Amazon DynamoDB API reference, AttributeValue. Undefined for what is no configuration: binary, and what is none at all. */
export function valueOf(attribute: unknown, depth = 0): Plain | undefined {
  if (!isRecord(attribute) || depth > DEEPEST) return undefined;
  const [[type, value] = ['', undefined], ...others] = Object.entries(attribute);
  if (others.length > 0) return undefined;
  switch (type) {
    case 'S':
    case 'N':
      return typeof value === 'string' ? value : undefined;
    case 'BOOL':
      return typeof value === 'boolean' ? String(value) : undefined;
    case 'NULL':
      return '';
    case 'SS':
    case 'NS':
      // A set has no order of its own.
      return isTexts(value) ? value.toSorted() : undefined;
    case 'L':
      return Array.isArray(value) ? allOf(value.map((item) => valueOf(item, depth + 1))) : undefined;
    case 'M':
      return isRecord(value) ? mapOf(value, depth + 1) : undefined;
    default:
      return undefined;
  }
}

/** The attributes of an item but its key, as a document of JSON with one a line, sorted; undefined when one is no configuration. */
export function itemText(item: Readonly<Record<string, unknown>>, keyAttribute: string): string | undefined {
  const { [keyAttribute]: _, ...attributes } = item;
  const plain = mapOf(attributes, 0);
  if (plain === undefined) return undefined;
  const lines = Object.entries(plain)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `  ${JSON.stringify(name)}: ${JSON.stringify(value)}`);
  return lines.length === 0 ? '' : `{\n${lines.join(',\n')}\n}\n`;
}

function mapOf(
  attributes: Readonly<Record<string, unknown>>,
  depth: number,
): { readonly [name: string]: Plain } | undefined {
  const entries = Object.entries(attributes).map(([name, value]) => [name, valueOf(value, depth)] as const);
  return entries.every((entry): entry is [string, Plain] => entry[1] !== undefined)
    ? Object.fromEntries(entries)
    : undefined;
}

function allOf(items: readonly (Plain | undefined)[]): readonly Plain[] | undefined {
  return items.every((item) => item !== undefined) ? items : undefined;
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}
