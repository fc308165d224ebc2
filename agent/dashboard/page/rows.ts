import type { Config, Layer, Value } from './documents.ts';

/** A property as the list shows it. */
export interface Row {
  readonly key: string;
  readonly value: string;
  /** Undefined while the layers are not known. */
  readonly layer: string | undefined;
  /** What a search looks at, in lower case; of a huge value its beginning. */
  readonly sought: string;
}

export const REDACTED = '[redacted]';

/** Characters of a value that a search reads. */
const MOST_SOUGHT = 2000;

export function rowsOf({ properties }: Config, layers: readonly Layer[]): readonly Row[] {
  const layerOf = new Map(
    layers.flatMap(({ name, effective }) => effective.map((key) => [key, name] as const)),
  );
  return Object.entries(properties).map(([key, value]) => {
    const text = textOf(value);
    const layer = layerOf.get(key);
    return { key, value: text, layer, sought: `${key}\n${text.slice(0, MOST_SOUGHT)}`.toLowerCase() };
  });
}

export function textOf(value: Value): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** Every word has to occur, in the key or in the value. @param layer undefined: of all layers. */
export function matching(rows: readonly Row[], search: string, layer: string | undefined): readonly Row[] {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0 && layer === undefined) return rows;
  return rows.filter(
    (row) => (layer === undefined || row.layer === layer) && words.every((word) => row.sought.includes(word)),
  );
}
