import picomatch from 'picomatch';
import { nearestName } from '#kit/nearest-name.ts';
import type { FieldReader } from '../../plan/field-reader.ts';
import { measurementNames } from '../profiles/measurement-names.ts';
import { COLLECTIONS, type Collection, type Profile } from '../base/metrics-settings.ts';

/** What `collect` and `only` come to. */
export interface Chosen {
  readonly collect: ReadonlySet<Collection>;
  /** Globs over names; undefined: all of the collections. */
  readonly only: readonly string[] | undefined;
}

/**
 * `only: [mem_used_percent, disk_*]`: what is sent, by the names of the profile. Where `collect` does not say otherwise,
 * that is collected which it needs. A name that the profile does not have is a slip, and refused: an alarm would wait for it.
 */
export function readChosen(sheet: FieldReader, profile: Profile, otherwise: readonly Collection[]): Chosen {
  const collect = sheet.listOf('collect', COLLECTIONS);
  const only = sheet.has('only') ? sheet.texts('only') : undefined;
  if (only === undefined) return { collect: new Set(collect ?? otherwise), only };
  const names = measurementNames(profile);
  const needed = new Set<Collection>();
  for (const pattern of only) {
    const matches = picomatch(pattern);
    const homes = [...names].filter(([, all]) => [...all].some((name) => matches(name)));
    if (homes.length === 0) sheet.problem('only', unknown(pattern, profile, names));
    const wanted = homes.flatMap(([collection]) => collection ?? []);
    for (const collection of wanted) needed.add(collection);
    const isCollected = homes.some(
      ([collection]) => collection === undefined || collect?.includes(collection),
    );
    if (collect !== undefined && homes.length > 0 && !isCollected)
      sheet.problem('only', `${pattern} comes with ${wanted.join(' or ')}, which \`collect\` does not have`);
  }
  return { collect: new Set(collect ?? needed), only };
}

function unknown(pattern: string, profile: Profile, names: ReturnType<typeof measurementNames>): string {
  const near = nearestName(
    pattern,
    [...names.values()].flatMap((all) => [...all]),
  );
  const hint = near === undefined ? 'docs/metrics.md lists them' : `did you mean ${near}?`;
  return `profile ${profile} has no measurement ${pattern}; ${hint}`;
}
