import { knownRegions, type RegionFacts } from '../../config-service/region/tables/partitions.ts';
import { shortCode } from '../../config-service/region/tables/short-codes.ts';
import type { CorpusRow } from './corpus-row.ts';

/**
 * A row of one region, moved to each other region in every spelling that it uses, with the partition's suffixes and
 * ARNs. Rows that name their region by a fixed word or number (`ec2.internal`, an account) cannot be moved.
 */
export function* variantsOf(row: CorpusRow): Generator<CorpusRow> {
  const [region, second] = row.regions;
  const from = knownRegions().find((facts) => facts.region === region);
  if (!from || second !== undefined) return;
  for (const to of knownRegions()) {
    if (to.region === from.region) continue;
    const text = row.kind === 'enc-base64' ? inBase64(row.text, from, to) : moved(row.text, from, to);
    if (text !== row.text) yield { text, kind: row.kind, regions: [to.region] };
  }
}

function moved(text: string, from: RegionFacts, to: RegionFacts): string {
  const named = text
    .replaceAll(new RegExp(escaped(from.region), 'gi'), to.region)
    .replaceAll(constant(from.region), constant(to.region))
    .replaceAll(camel(from.region), camel(to.region))
    .replaceAll(camel(from.region).replace('Us', 'US'), camel(to.region))
    .replaceAll(new RegExp(`(?<![a-z0-9])${shortCode(from.region)}(?![a-z0-9])`, 'g'), shortCode(to.region));
  if (named === text || from.partition === to.partition) return named;
  return named
    .replaceAll(from.dnsSuffix, to.dnsSuffix)
    .replaceAll(from.dualStackDnsSuffix, to.dualStackDnsSuffix)
    .replaceAll(`arn:${from.partition}:`, `arn:${to.partition}:`);
}

function inBase64(text: string, from: RegionFacts, to: RegionFacts): string {
  const [prefix, encoded] = text.split(': ');
  if (encoded === undefined) return text;
  return `${prefix}: ${btoa(moved(atob(encoded), from, to))}`;
}

function constant(region: string): string {
  return region.toUpperCase().replaceAll('-', '_');
}

function camel(region: string): string {
  return region
    .split('-')
    .map((part) => part.charAt(0).toUpperCase() + part.slice(1))
    .join('');
}

function escaped(text: string): string {
  return text.replaceAll('-', '\\-');
}
