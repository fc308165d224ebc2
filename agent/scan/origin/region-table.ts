import type { Sighting } from '../text/text-scanner.ts';

/** A table of fewer may be a choice, as of regions to deploy to. */
const FEWEST_REGIONS = 10;
const FEWEST_AREAS = 4;
/** In such a file, of a form that is like no other: there is one of each partition. */
const FEWEST_LIKE = 6;
/** How much more often than the usual one a region may stand in one form. */
const MOST_UNEVEN = 3;
/** In a table of so many entries AWS's first regions stand more often, as they have more; none has more than this share. */
const LARGE = 50;
const LARGEST_SHARE = 0.2;
/** Nobody has written so many entries by hand. */
const GENERATED = 1000;
/** From here on the rest of a file that nobody changed belongs to its table. */
const MOSTLY = 0.75;

/** Names of regions within a form, known to this build or not. */
const REGION = /(?:us|eu|ap|sa|ca|me|af|cn|il|mx|eusc-[a-z]{2})(?:-(?:gov|iso[a-z]?))?-[a-z]{4,9}-\d[a-f]?/gi;
/** The other partitions have their own ends of names. */
const SUFFIX =
  /amazonaws\.com(?:\.cn)?|amazonaws\.eu|(?:c2s|sc2s\.sgov|csp\.hci|cloud\.adc-e)\.(?:ic|sgov|uk)(?:\.gov)?/gi;
/** An account, or what AWS gives out to one. */
const RESOURCE = /\d{6}|\.\d{4}\.|\/\/|(?<![\w-])(?=\w*[a-z]\d+[a-z]+\d|\w*\d[a-z]+\d)[a-z0-9]{6,}\./i;

/**
 * The sightings that are entries of a table of regions: one form, written for many regions on several continents, none of them
 * much more often than the rest. Endpoint tables, partitions and lists of suffixes are such. What stands once among them, in
 * words of its own, is no entry; nor is what somebody owns.
 */
export function entriesOfTable(sightings: readonly Sighting[]): ReadonlySet<Sighting> {
  if (sightings.length < FEWEST_REGIONS) return NONE;
  const forms = Map.groupBy(sightings, formOf);
  const even = new Set([...forms].filter(([, form]) => isEven(form)).map(([name]) => name));
  const entries = new Set<Sighting>([...forms].flatMap(([name, form]) => (even.has(name) ? form : [])));
  if (!isTable(sightings, entries)) return entries;
  // AWS does not have everything everywhere: in such a file a line like the others is one of them.
  const lines = new Set(Array.from(even, lineOf));
  for (const [name, form] of forms) {
    const counts = countsOf(form);
    const isLike = lines.has(lineOf(name)) && (entries.size >= GENERATED || isLevel(counts));
    if (RESOURCE.test(name) || !(isLike || (counts.size >= FEWEST_LIKE && isLevel(counts)))) continue;
    for (const sighting of form) entries.add(sighting);
  }
  return entries;
}

const NONE: ReadonlySet<Sighting> = new Set();

/** Whether a file is such a table for the most part. Of a file that nobody changed the rest is then part of it. */
export function isTable(sightings: readonly Sighting[], entries: ReadonlySet<Sighting>): boolean {
  return entries.size >= MOSTLY * sightings.length;
}

/** Form of a line in which all words are alike. */
function lineOf(form: string): string {
  return form.slice(form.indexOf('\0')).replaceAll(/[\w.*-]+/g, 'w');
}

function isEven(form: readonly Sighting[]): boolean {
  const counts = countsOf(form);
  const areas = new Set(Array.from(counts.keys(), (region) => region.slice(0, 2)));
  if (counts.size < FEWEST_REGIONS || areas.size < FEWEST_AREAS) return false;
  return (
    isLevel(counts) || (form.length >= LARGE && Math.max(...counts.values()) <= LARGEST_SHARE * form.length)
  );
}

function isLevel(counts: ReadonlyMap<string, number>): boolean {
  const sorted = [...counts.values()].toSorted((a, b) => a - b);
  return (sorted.at(-1) ?? 0) <= MOST_UNEVEN * (sorted[sorted.length >> 1] ?? 0);
}

function countsOf(form: readonly Sighting[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { region } of form) if (region !== null) counts.set(region, (counts.get(region) ?? 0) + 1);
  return counts;
}

/** How much of the line counts, once every region is called alike. */
const BEFORE = 16;
const AFTER = 8;

/** How a region's name is written and what stands around it, whichever region it is. The last of a list has no comma behind it. */
function formOf({ kind, text, before, after }: Sighting): string {
  const behind = alike(after).slice(0, AFTER);
  return `${kind}\0${alike(before).slice(-BEFORE)}${alike(text)}${behind.replace(/[,;\s]+$/, '')}`;
}

function alike(text: string): string {
  return text.replaceAll(SUFFIX, 'S').replaceAll(REGION, 'R').replaceAll(/\s+/g, ' ');
}
