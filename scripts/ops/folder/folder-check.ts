import {
  createParseMemory,
  judge,
  parseFile,
  regionFacts,
  resolve,
  type AllowEntry,
  type LayerFile,
  type ParseLayerFile,
} from '#config-service';
import { readPlanPolicy } from '#agent/plan/policy.ts';
import type { Problem } from '#kit/errors.ts';
import { ok, type Outcome } from '#kit/outcome.ts';
import type { ConfigFolder, FolderLayer } from './config-folder.ts';
import { examine, type Examination } from './examination.ts';
import { isForRegion } from './layer-place.ts';
import { inPlaceOrder, tallyProblems } from './problem-tally.ts';
import { factsOf, namesBound, scenariosOf, type Scenario, type StandIn } from './scenario.ts';

export interface FolderCheck {
  /** Why agents would refuse it, in the order of files and lines. */
  readonly problems: readonly Problem[];
  readonly warnings: readonly Problem[];
  /** The regions it was checked for. */
  readonly regions: readonly string[];
  /** What each kind of instance would get. */
  readonly examined: readonly Examined[];
}

export interface Examined extends Examination {
  readonly scenario: Scenario;
}

/** Checks everything an instance could meet in these regions. `LF_USAGE` for what is no region. */
export function checkFolder(
  folder: ConfigFolder,
  regions: readonly string[],
  order: readonly string[],
  standIn: StandIn,
): Outcome<FolderCheck> {
  const parse = createParseMemory((path, file) => parseFile(path, file.bytes), folder.layers.length * 50);
  const layers = new Map(folder.layers.map(({ content }) => [content.name, content]));
  const places = folder.layers.map(({ place }) => place);
  const examineAll = (scenarios: readonly Scenario[]): Outcome<readonly Examined[]> => {
    const examined: Examined[] = [];
    for (const scenario of scenarios) {
      const facts = factsOf(scenario, standIn);
      if (facts.kind !== 'ok') return facts;
      examined.push({ scenario, ...examine(layers, order, facts.value, parse) });
    }
    return ok(examined);
  };
  const kinds = scenariosOf(places, regions);
  const examined = examineAll(kinds);
  if (examined.kind !== 'ok') return examined;
  const instances: Examined[][] = [];
  for (const instanceId of namesBound(places, 'instanceId')) {
    const possible = examineAll(kinds.map((kind) => ({ ...kind, instanceId })));
    if (possible.kind !== 'ok') return possible;
    instances.push([...possible.value]);
  }

  const byThemselves = folder.layers.flatMap(({ content }) =>
    layerProblems(content, examined.value, parse, standIn),
  );
  const known = new Set(byThemselves.map((problem) => JSON.stringify(problem)));
  const inScenarios = [...examined.value, ...instances.flatMap(mostLikely)].map(({ scenario, problems }) => {
    return { scenario, problems: problems.filter((problem) => !known.has(JSON.stringify(problem))) };
  });
  const everything = [...examined.value, ...instances.flat()];
  return ok({
    problems: inPlaceOrder([...byThemselves, ...tallyProblems(inScenarios)]),
    warnings: inPlaceOrder([
      ...folder.warnings,
      ...tallyProblems(everything.map(({ scenario, warnings }) => ({ scenario, problems: warnings }))),
      ...unusedAllow(everything),
      ...folder.layers.flatMap((layer) => foreignContent(layer, regions)),
    ]),
    regions,
    examined: examined.value,
  });
}

/**
 * An instance is one of all kinds, and its folder does not say which: it is fine when it is fine as one of them. When as
 * none, the kind with the fewest problems is the best guess.
 */
function mostLikely(possible: readonly Examined[]): readonly Examined[] {
  return possible.toSorted((a, b) => a.problems.length - b.problems.length).slice(0, 1);
}

/** What a layer has wrong by itself, also when no instance of these regions takes part in it. */
function layerProblems(
  content: FolderLayer['content'],
  [any]: readonly Examined[],
  parse: ParseLayerFile,
  standIn: StandIn,
): readonly Problem[] {
  const plan = readPlanPolicy([content]).problems;
  const facts = any && factsOf(any.scenario, standIn);
  if (facts?.kind !== 'ok') return plan;
  const resolution = resolve({
    layers: [content],
    facts: facts.value,
    overrides: [],
    parse,
    external: () => '',
  });
  if (resolution.kind === 'resolved') return plan;
  // What it refers to, other layers may set.
  return [...plan, ...resolution.problems.filter(({ code }) => !REFERENCES.has(code))];
}

const REFERENCES: ReadonlySet<string> = new Set(['LF_REFERENCE_UNKNOWN', 'LF_REFERENCE_CYCLE']);

function unusedAllow(examined: readonly Examined[]): readonly Problem[] {
  const used = new Set<string>();
  const unused = new Map<string, AllowEntry>();
  for (const { effective, allow, unusedAllow: idle } of examined) {
    for (const entry of idle) unused.set(idOf(entry), entry);
    for (const entry of effective ? allow : []) if (!idle.includes(entry)) used.add(idOf(entry));
  }
  return [...unused].flatMap(([id, { key, region }]): Problem[] =>
    used.has(id)
      ? []
      : [
          {
            code: 'LF_ALLOW_UNUSED',
            message: `guard.allow for ${key} in ${region} excuses nothing here; remove it`,
          },
        ],
  );
}

function idOf({ key, region }: AllowEntry): string {
  return JSON.stringify([key, region]);
}

/** Scripts, templates and files are judged as they are rendered, on the instance: here they can only be pointed at. */
function foreignContent({ place, content }: FolderLayer, regions: readonly string[]): readonly Problem[] {
  const homes = regions
    .flatMap((region) => regionFacts(region) ?? [])
    .filter((facts) => isForRegion(place, facts));
  const { allow } = readPlanPolicy([content]);
  return content.files
    .filter(({ path }) => path.includes('/'))
    .flatMap((file) => {
      const values = linesOf(`${content.name}/${file.path}`, file);
      const findings = homes.flatMap(({ region }) => judge({ region, values, allow }).findings);
      const places = new Map(findings.map((finding) => [`${finding.line} ${finding.region}`, finding]));
      return [...places.values()].map(({ region, line }) => ({
        code: 'LF_REGION_FOREIGN' as const,
        message: `names ${region}; an instance elsewhere refuses what is rendered from it`,
        file: `${content.name}/${file.path}`,
        ...(line === undefined ? {} : { line }),
      }));
    });
}

function linesOf(key: string, { bytes }: LayerFile) {
  const text = Buffer.from(bytes).toString('utf8');
  if (text.includes('\0')) return [];
  return text.split('\n').map((value, index) => ({ key, value, file: key, line: index + 1 }));
}
