import type { OutlineEntry, Property } from '#config-service';

/** A value under the name by which Spring binds it, and the property that it is of. */
export interface BindableValue {
  readonly name: string;
  readonly value: string;
  readonly property: Property;
}

/**
 * The entries as Spring binds them: a list is `key[0]`, `key[1].name`, for no `key.0` is taken for an item of one. An empty
 * list is the empty text, as Spring's own reader of YAML has it.
 */
export function bindableValues(entry: OutlineEntry): readonly BindableValue[] {
  return valuesOf(entry, entry.property.key);
}

function valuesOf({ property, items }: OutlineEntry, name: string): readonly BindableValue[] {
  const { key, value, list } = property;
  if (list === undefined || items === undefined) return [{ name, value, property }];
  if (list.length === 0) return [{ name, value: '', property }];
  const named = items.map((item) => {
    const [index = '', ...parts] = item.property.key.slice(key.length + 1).split('.');
    return { item, index, name: [`${name}[${index}]`, ...parts].join('.') };
  });
  return list.flatMap((_, at) => {
    const own = named.filter(({ index }) => index === String(at));
    // An item without parts: a gap would leave those after it unbound.
    if (own.length === 0) return [{ name: `${name}[${at}]`, value: '', property }];
    return own.flatMap(({ item, name: below }) => valuesOf(item, below));
  });
}
