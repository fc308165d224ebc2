import { PARTITION_TABLE, type Partition } from './partition-table.ts';

/** What Landfall knows of a region. `known` is false for a well-formed name that the generated table does not list. */
export interface RegionFacts {
  readonly region: string;
  readonly partition: string;
  readonly dnsSuffix: string;
  readonly dualStackDnsSuffix: string;
  readonly known: boolean;
}

const KNOWN: ReadonlyMap<string, RegionFacts> = new Map(
  PARTITION_TABLE.flatMap((partition) =>
    partition.regions.map((region) => [region, factsIn(partition, region, true)]),
  ),
);

/** The SDK's patterns say `\w`, but a region name is part of host names and is always written in lower case. */
const HOST_LABEL = /^[a-z0-9-]+$/;

/**
 * What regions of an area that no pattern lists yet look like, and the partition they are taken for: AWS opened `mx-` and
 * `il-` in `aws`, and the SDKs take whatever they do not know for that, too. The sovereign cloud names the country second.
 */
const NEW_AREAS: readonly (readonly [RegExp, string])[] = [
  [/^[a-z]{2}-[a-z]+-\d{1,2}$/, 'aws'],
  [/^eusc-[a-z]{2}-[a-z]+-\d{1,2}$/, 'aws-eusc'],
];

/**
 * The facts of a region. A name that some partition could give to a region it has not opened yet (`ap-foo-9`,
 * `nz-north-1`) is accepted with `known: false`, because instances run in new regions before this table hears of them;
 * anything else (`xx`, `aws-global`, a zone such as `us-east-1a`) is undefined.
 */
export function regionFacts(region: string): RegionFacts | undefined {
  const known = KNOWN.get(region);
  if (known) return known;
  if (!HOST_LABEL.test(region)) return undefined;
  const newArea = NEW_AREAS.find(([shape]) => shape.test(region))?.[1];
  const partition =
    PARTITION_TABLE.find((candidate) => candidate.regionRegex.test(region)) ??
    PARTITION_TABLE.find(({ id }) => id === newArea);
  return partition && factsIn(partition, region, false);
}

/** Every region of the generated table, partition by partition. */
export function knownRegions(): readonly RegionFacts[] {
  return [...KNOWN.values()];
}

function factsIn(partition: Partition, region: string, known: boolean): RegionFacts {
  const { id, dnsSuffix, dualStackDnsSuffix } = partition;
  return { region, partition: id, dnsSuffix, dualStackDnsSuffix, known };
}
