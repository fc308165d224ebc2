import type { Property } from '#config-service';
import type { NamedProperty } from './key-names.ts';
import type { KvQuestion } from './kv-question.ts';

/** What a question finds in a generation; no body: nothing is there. */
export interface Found {
  readonly body: string | undefined;
  /** Something was left out because it is a secret. */
  readonly leftOut: boolean;
}

export interface KvReader {
  readonly secrets: boolean;
  /** When a key last changed, as an index. */
  readonly changedAt: (key: string) => number;
}

/** The answer to a question out of the properties that its key selects, sorted by name. */
export function kvAnswer(
  { form, key, separator }: Pick<KvQuestion, 'form' | 'key' | 'separator'>,
  selected: readonly NamedProperty[],
  { secrets, changedAt }: KvReader,
): Found {
  const shown = selected.filter(({ property }) => secrets || property.masked === undefined);
  const leftOut = shown.length < selected.length;
  const [first] = shown;
  if (first === undefined) return { body: undefined, leftOut };
  if (form === 'raw') return { body: first.property.value, leftOut };
  if (form === 'keys') {
    const names = shown.map(({ name }) => cutAfter(name, separator, key.length));
    return { body: JSON.stringify([...new Set(names)]), leftOut };
  }
  const rows = shown.map(({ name, property }) => rowOf(name, property.value, changedAt(property.key)));
  return { body: `[${rows.join(',')}]`, leftOut };
}

/** Put together by hand: a change has all who wait ask for thousands of them at once. */
export function rowOf(name: string, value: Property['value'], index: number): string {
  const text = Buffer.from(value).toString('base64');
  return (
    `{"LockIndex":0,"Key":${JSON.stringify(name)},"Flags":0,"Value":"${text}",` +
    `"CreateIndex":${index},"ModifyIndex":${index}}`
  );
}

function cutAfter(name: string, separator: string, from: number): string {
  const at = separator === '' ? -1 : name.indexOf(separator, from);
  return at < 0 ? name : name.slice(0, at + separator.length);
}
