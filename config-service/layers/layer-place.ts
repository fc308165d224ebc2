import type { RegionFacts } from '../region/tables/partitions.ts';
import { isStoreLayer } from './store-layer.ts';

/** A folder that is a layer of the order, and which instances it is for: `role/web/environment/prod` binds two placeholders. */
export interface LayerPlace {
  readonly name: string;
  readonly bound: ReadonlyMap<string, string>;
}

/** The layer a folder is; undefined when no place of the order gives it that name. */
export function placeLayer(name: string, order: readonly string[]): LayerPlace | undefined {
  const places = foldersOf(order).flatMap((pattern) => {
    const bound = bind(name, pattern);
    return bound === undefined ? [] : [{ name, bound }];
  });
  // `base` beside `{role}`: the folder that is called so in words comes first.
  return places.toSorted((a, b) => a.bound.size - b.bound.size)[0];
}

/** Whether instances of the region may take part in it. What only another region has is never sent there (law 4). */
export function isForRegion({ bound }: LayerPlace, { region, partition }: RegionFacts): boolean {
  const zone = bound.get('zone');
  return (
    (bound.get('region') ?? region) === region &&
    (bound.get('partition') ?? partition) === partition &&
    // A zone's name begins with its region's, in Local Zones too.
    (zone === undefined || new RegExp(`^${region}(?![0-9])`).test(zone))
  );
}

/** How many folders deep a layer can lie. */
export function depthOf(order: readonly string[]): number {
  return Math.max(0, ...foldersOf(order).map((pattern) => pattern.split('/').length));
}

/** What of an order lies in a store is no folder. */
function foldersOf(order: readonly string[]): readonly string[] {
  return order.filter((pattern) => !isStoreLayer(pattern));
}

const PLACEHOLDER = /\{([^{}]*)\}/;

function bind(name: string, pattern: string): ReadonlyMap<string, string> | undefined {
  // A split by a group gives literal, placeholder, literal, ...
  const parts = pattern.split(PLACEHOLDER);
  const expression = parts.map((part, index) => (index % 2 === 1 ? '([^/]+)' : escape(part))).join('');
  const match = new RegExp(`^${expression}$`).exec(name);
  if (match === null) return undefined;
  const placeholders = parts.filter((_, index) => index % 2 === 1);
  const bound = new Map<string, string>();
  for (const [index, placeholder] of placeholders.entries()) {
    const value = match[index + 1] ?? '';
    if ((bound.get(placeholder) ?? value) !== value) return undefined;
    bound.set(placeholder, value);
  }
  return bound;
}

function escape(text: string): string {
  return text.replaceAll(/[$()*+.?[\\\]^{|}]/g, '\\$&');
}
