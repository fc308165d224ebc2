import type { BytePath } from './byte-path.ts';
import { saysAll, sourceOf } from './compiled-cache.ts';
import { isConfigurationPlace, purposeOf } from './place-of-file.ts';
import type { PackageRecords, Standing } from './records/package-records.ts';
import type { Package, Recorder } from './records/package-record.ts';
import { entriesOfTable, isTable } from './region-table.ts';
import { isServiceModel } from './service-model.ts';
import type { Sighting } from './text-scanner.ts';

/** Why a file is somebody else's. */
export type Reason =
  | { readonly because: Recorder; readonly package: string; readonly version: string }
  | { readonly because: 'catalogue' | 'documentation' | 'tests' };

export interface Judgement {
  /** What the reason covers: all that was seen, or the entries of a table. */
  readonly believed: ReadonlySet<Sighting>;
  readonly reason: Reason | undefined;
  /** Whose file it was until somebody changed it. */
  readonly changed: Package | undefined;
}

/**
 * Whether what was seen in a file is its vendor's word and not the team's. A record of packages decides, and only with a digest
 * that matches; where no record speaks, what the file holds and where it lies. A file that was changed is the team's whatever it
 * holds, and configuration in effect counts whoever wrote it, unless it is a table of all regions that nobody changed.
 */
export function judge(
  path: BytePath,
  sightings: readonly Sighting[],
  records: Pick<PackageRecords, 'standingOf'>,
): Judgement {
  const standing = records.standingOf(path);
  if (standing.kind === 'changed') return { ...OWN, changed: standing.owner };
  const entries = entriesOfTable(sightings);
  const inEffect = isConfigurationPlace(path) || (standing.kind === 'unchanged' && standing.isConfiguration);
  if (standing.kind === 'unchanged' && (!inEffect || (entries.size > 0 && isTable(sightings, entries))))
    return { believed: new Set(sightings), reason: reasonOf(standing.owner), changed: undefined };
  const source = sourceOf(path);
  const ofSource = source === undefined ? UNCLAIMED : records.standingOf(source);
  if (source !== undefined && ofSource.kind === 'unchanged' && saysAll(source, sightings))
    return { believed: new Set(sightings), reason: reasonOf(ofSource.owner), changed: undefined };
  if (standing.kind === 'unclaimed' && !inEffect && isServiceModel(path))
    return { believed: new Set(sightings), reason: { because: 'catalogue' }, changed: undefined };
  const purpose = standing.kind === 'unclaimed' ? purposeOf(path) : undefined;
  if (purpose !== undefined)
    return { believed: new Set(sightings), reason: { because: purpose }, changed: undefined };
  return entries.size === 0
    ? OWN
    : { believed: entries, reason: { because: 'catalogue' }, changed: undefined };
}

const OWN: Judgement = { believed: new Set(), reason: undefined, changed: undefined };
const UNCLAIMED: Standing = { kind: 'unclaimed' };

function reasonOf({ recorder, name, version }: Package): Reason {
  return { because: recorder, package: name, version };
}
