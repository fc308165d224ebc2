import { diskOf, quoted, type Disk } from './disk.ts';
import type { DoctorFinding } from './finding.ts';
import type { HostRoot } from './host-root.ts';
import type { Judge, Sign } from './sign.ts';
import { levelOf, type View, type Weight } from './view.ts';

/** Files that are all judged alike. */
export interface Place {
  /** Patterns of `HostRoot.find`, `~` stands for every home; or what works them out. */
  readonly paths: readonly string[] | ((root: HostRoot, view: View) => readonly string[]);
  readonly judge: Judge;
  readonly weight: Weight;
  /** Looked at only there. */
  readonly only?: 'host' | 'image';
  /** What a person can paste. `path` is quoted for a shell. It never acts on anything but the disk that was looked at. */
  readonly wayOut: (path: string, sign: Sign, disk: Disk) => string;
}

/** One line of the report: places of one kind, and what is said when all of them are in order. */
export interface Check {
  readonly name: string;
  readonly clean: string;
  readonly places: readonly Place[];
}

/** What is wrong at the places of one check, by file and line; a file that two patterns meet is judged once. */
export function examineCheck(
  { name, clean, places }: Check,
  root: HostRoot,
  homes: readonly string[],
  view: View,
): readonly DoctorFinding[] {
  const seen = new Set<string>();
  const findings = places
    .filter(({ only }) => only === undefined || (only === 'image') === view.isImage)
    .flatMap((place) =>
      pathsOf(place, root, homes, view).flatMap((path) => {
        if (seen.has(path)) return [];
        seen.add(path);
        return findingsAt(path, place, name, root, view);
      }),
    );
  return findings.length > 0 ? findings : [{ check: name, level: 'ok', says: clean }];
}

function pathsOf(place: Place, root: HostRoot, homes: readonly string[], view: View): readonly string[] {
  const patterns = typeof place.paths === 'function' ? place.paths(root, view) : place.paths;
  const expanded = patterns.flatMap((pattern) =>
    pattern.startsWith('~') ? homes.map((home) => home + pattern.slice(1)) : [pattern],
  );
  return expanded.flatMap((pattern) => root.find(pattern));
}

function findingsAt(path: string, place: Place, check: string, root: HostRoot, view: View): DoctorFinding[] {
  const table = view.regionOf === undefined ? {} : { regionOf: view.regionOf };
  const signs = place.judge({ path, bytes: (headBytes) => root.read(path, headBytes), ...table });
  const weighed = signs.flatMap((sign) => {
    const level = levelOf(place.weight, sign, view);
    return level === undefined ? [] : [{ sign, level }];
  });
  const sure = weighed.filter(({ sign }) => sign.isFallback !== true);
  const told = withoutRepeats(sure.length > 0 ? sure : weighed);
  const file = root.shown(path);
  const disk = diskOf(root, view);
  const record = told.length === 0 ? '' : root.recordOf(path);
  return told.map(({ sign, level, more }) => {
    const { line, says, region } = sign;
    const place_ = line === undefined ? file : `${file}:${line}`;
    const here = region === undefined || view.home.kind !== 'region' ? '' : `; home is ${view.home.region}`;
    return {
      check,
      level,
      says: `${place_} ${says}${more === 0 ? '' : ` and ${more} more`}${record}${here}`,
      wayOut: place.wayOut(quoted(file), sign, disk),
      ...(level === 'failure' ? { code: 'LF_REGION_HOST' as const } : {}),
      file,
      ...(line === undefined ? {} : { line }),
      ...(region === undefined ? {} : { region }),
    };
  });
}

type Weighed = { readonly sign: Sign; readonly level: 'warning' | 'failure' };

/** A file that names one region a hundred times is one finding. */
function withoutRepeats(weighed: readonly Weighed[]): readonly (Weighed & { readonly more: number })[] {
  const groups = Map.groupBy(weighed, ({ sign }) => sign.variable ?? sign.region ?? sign.says);
  return [...groups.values()].flatMap(([first, ...others]) =>
    first === undefined ? [] : [{ ...first, more: others.length }],
  );
}
