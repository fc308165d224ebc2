import { knownRegions } from './partitions.ts';

/**
 * `use1` -> `us-east-1`, as zone ids (`use1-az1`) and ElastiCache hosts (`x.0001.use1.cache.amazonaws.com`) write it.
 * Beware of `aps1` (ap-south-1) beside `apse1` (ap-southeast-1).
 */
export const REGION_OF_SHORT_CODE: ReadonlyMap<string, string> = new Map(
  knownRegions().map(({ region }) => [shortCode(region), region]),
);

/** The codes as a regular-expression alternation, longest first so that `usgw1` is never read as something shorter. */
export const SHORT_CODES = [...REGION_OF_SHORT_CODE.keys()].toSorted((a, b) => b.length - a.length).join('|');

/**
 * The rule AWS follows: the area whole, then one letter for every compass point, then the number. Sub-partitions keep
 * their initial (`us-gov-west-1` is `usgw1`, `us-isob-east-1` is `usibe1`).
 */
export function shortCode(region: string): string {
  const [area = '', ...rest] = region.split('-');
  return area + rest.map(abbreviate).join('');
}

function abbreviate(part: string): string {
  if (/^\d+$/.test(part)) return part;
  if (part.startsWith('iso')) return `i${part.slice(3)}`;
  const points = part.match(/north|south|east|west/g);
  return points ? points.map((point) => point[0]).join('') : (part[0] ?? '');
}
