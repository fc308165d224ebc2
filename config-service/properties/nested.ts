import { Document, Pair, Scalar, YAMLMap, YAMLSeq } from 'yaml';

/** A document of maps, lists and scalars. A `Map` keeps every name and its place, `__proto__` and `10` as any other. */
export type Nested = string | number | boolean | null | readonly Nested[] | NestedMap;
export type NestedMap = ReadonlyMap<string, Nested>;

/** As JSON on one line. */
export function printNestedJson(value: Nested): string {
  if (value instanceof Map) {
    const members = [...(value as NestedMap)].map(
      ([name, child]) => `${JSON.stringify(name)}:${printNestedJson(child)}`,
    );
    return `{${members.join(',')}}`;
  }
  if (Array.isArray(value)) return `[${(value as readonly Nested[]).map(printNestedJson).join(',')}]`;
  return JSON.stringify(value);
}

/** Every text is double-quoted, so that no reader takes `no` or `1.10` for something else. */
export function printNestedYaml(value: NestedMap): string {
  if (value.size === 0) return '{}\n';
  return new Document(yamlOf(value)).toString({ doubleQuotedAsJSON: true, lineWidth: 0 });
}

function yamlOf(value: Nested): YAMLMap | YAMLSeq | Scalar {
  if (value instanceof Map) {
    const map = new YAMLMap();
    for (const [name, child] of value as NestedMap) map.items.push(new Pair(keyOf(name), yamlOf(child)));
    return map;
  }
  if (Array.isArray(value)) {
    const list = new YAMLSeq();
    for (const child of value as readonly Nested[]) list.items.push(yamlOf(child));
    return list;
  }
  return typeof value === 'string' ? doubleQuoted(value) : new Scalar(value);
}

/** Plain where no reader, of YAML 1.1 either, can take it for anything but text. */
function keyOf(name: string): Scalar {
  const isWord = /^[A-Za-z][\w-]*$/.test(name) && !/^(?:y|n|yes|no|on|off|true|false|null)$/i.test(name);
  return isWord ? new Scalar(name) : doubleQuoted(name);
}

function doubleQuoted(text: string): Scalar {
  const scalar = new Scalar(text);
  scalar.type = Scalar.QUOTE_DOUBLE;
  return scalar;
}
