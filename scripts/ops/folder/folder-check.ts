import { idleAllowProblem, placeholderSecrets, resolve, type AllowEntry } from '#config-service';
import { propertiesLayers } from '#agent/plan/named-assets.ts';
import { sheetOf } from '#agent/plan/layer-plan.ts';
import { layerPlanProblems } from '#agent/plan/read-plan.ts';
import type { Problem } from '#kit/errors.ts';
import { ok, type Outcome } from '#kit/outcome.ts';
import type { ConfigFolder, FolderLayer } from './config-folder.ts';
import { contentSlips, type ContentSlips } from './content-slips.ts';
import { examine, type Examination } from './examination.ts';
import { judgeContent } from './foreign-content.ts';
import type { GuardRules } from '../console/options.ts';
import { inPlaceOrder, tallyProblems } from './problem-tally.ts';
import { loadReaders, type Readers } from './readers.ts';
import { createSimulation } from './folder-simulation.ts';
import type { Simulation } from './simulation-part.ts';
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

export interface Examined extends Pick<Examination, 'problems' | 'warnings' | 'layers' | 'idleRemovals'> {
  readonly scenario: Scenario;
  /** How many there would be; undefined when the layers cannot be resolved. */
  readonly keys: number | undefined;
  /** Files that were judged as they are rendered. */
  readonly judged: readonly string[];
  readonly usedAllow: readonly AllowEntry[];
  readonly unusedAllow: readonly AllowEntry[];
}

/** Checks everything an instance could meet in these regions. `LF_USAGE` for what is no region. */
export async function checkFolder(
  folder: ConfigFolder,
  regions: readonly string[],
  order: readonly string[],
  standIn: StandIn,
  rules: GuardRules = {},
): Promise<Outcome<FolderCheck>> {
  const readers = await loadReaders(
    folder.layers.map(({ content }) => content),
    rules,
  );
  const layers = new Map(folder.layers.map(({ content }) => [content.name, content]));
  const places = folder.layers.map(({ place }) => place);
  const simulate = createSimulation(layers, readers.judge);
  const examineAll = async (scenarios: readonly Scenario[]): Promise<Outcome<readonly Examined[]>> => {
    const examined: Examined[] = [];
    for (const scenario of scenarios) {
      const facts = factsOf(scenario, standIn);
      if (facts.kind !== 'ok') return facts;
      const examination = examine(layers, order, facts.value, readers);
      examined.push(summary(scenario, examination, await simulate(examination, facts.value)));
    }
    return ok(examined);
  };
  const kinds = scenariosOf(places, regions);
  const examined = await examineAll(kinds);
  if (examined.kind !== 'ok') return examined;
  const instances: Examined[][] = [];
  for (const instanceId of namesBound(places, 'instanceId')) {
    const possible = await examineAll(kinds.map((kind) => ({ ...kind, instanceId })));
    if (possible.kind !== 'ok') return possible;
    instances.push([...possible.value]);
  }

  const byThemselves = folder.layers.flatMap(({ content }) =>
    layerProblems(content, examined.value, readers, standIn),
  );
  const known = new Set(byThemselves.map((problem) => JSON.stringify(problem)));
  const inScenarios = [...examined.value, ...instances.flatMap(mostLikely)].map(({ scenario, problems }) => {
    return { scenario, problems: problems.filter((problem) => !known.has(JSON.stringify(problem))) };
  });
  const everything = [...examined.value, ...instances.flat()];
  const slips = slipsOf(folder, readers.readSheet);
  const problems = inPlaceOrder([
    ...folder.problems,
    ...slips.problems,
    ...byThemselves,
    ...tallyProblems(inScenarios),
  ]);
  const judged = new Set(everything.flatMap((one) => one.judged));
  const content = judgeContent(folder, regions, { problems, judged }, readers);
  return ok({
    problems,
    warnings: inPlaceOrder([
      ...folder.warnings,
      ...slips.warnings,
      ...tallyProblems(everything.map(({ scenario, warnings }) => ({ scenario, problems: warnings }))),
      ...unusedAllow(everything, content.used),
      ...idleRemovals(everything),
      ...content.warnings,
    ]),
    regions,
    examined: examined.value,
  });
}

/** What stands in files by mistake, and what is named in a way that nobody reads it. */
function slipsOf({ layers }: ConfigFolder, readSheet: Readers['readSheet']): ContentSlips {
  const there = new Set(
    layers.flatMap(({ content }) => content.files.map(({ path }) => `${content.name}/${path}`)),
  );
  const each = layers.map(({ content }) => {
    const named = new Set(sheetOf(content, readSheet)?.assets.map(({ path }) => path));
    return contentSlips(content, (path) => there.has(path), named);
  });
  return {
    problems: each.flatMap((slips) => slips.problems),
    warnings: each.flatMap((slips) => slips.warnings),
  };
}

/** Without the properties: those of thousands of kinds need not be held at once. */
function summary(scenario: Scenario, examination: Examination, simulation: Simulation): Examined {
  const { effective, plan, problems, warnings, layers } = examination;
  const idle = new Set(examination.unusedAllow.filter((entry) => !simulation.usedAllow.has(entry)));
  // What cannot be read yet may be what the entries are for.
  const isKnown = effective !== undefined && simulation.complete;
  return {
    scenario,
    layers,
    idleRemovals: examination.idleRemovals,
    keys: effective?.size,
    problems: [...problems, ...simulation.problems],
    warnings: [...warnings, ...simulation.warnings],
    judged: simulation.judged,
    usedAllow: isKnown ? plan.allow.filter((entry) => !idle.has(entry)) : plan.allow,
    unusedAllow: isKnown ? [...idle] : [],
  };
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
  { parse, readSheet }: Readers,
  standIn: StandIn,
): readonly Problem[] {
  const plan = layerPlanProblems(content, readSheet);
  const facts = any && factsOf(any.scenario, standIn);
  if (facts?.kind !== 'ok') return plan;
  const resolution = resolve({
    layers: propertiesLayers([content], readSheet),
    facts: facts.value,
    overrides: [],
    parse,
    external: placeholderSecrets(facts.value.region),
  });
  if (resolution.kind === 'resolved') return plan;
  // What it refers to, other layers may set.
  return [...plan, ...resolution.problems.filter(({ code }) => !REFERENCES.has(code))];
}

/** An ARN's region is for the instances of the layer to judge: these facts are of any. */
const REFERENCES: ReadonlySet<string> = new Set([
  'LF_REFERENCE_UNKNOWN',
  'LF_REFERENCE_CYCLE',
  'LF_REGION_FOREIGN',
]);

/**
 * Entries that excuse nothing, neither a value nor what is rendered, for any instance. In the region that an entry is for it
 * never does.
 * @param usedByContent what files excused that no instance renders.
 */
function unusedAllow(
  examined: readonly Examined[],
  usedByContent: ReadonlySet<AllowEntry>,
): readonly Problem[] {
  const used = new Set([...usedByContent, ...examined.flatMap((one) => one.usedAllow)].map(idOf));
  const unused = new Map<string, AllowEntry>();
  for (const { scenario, unusedAllow: idle } of examined)
    for (const entry of idle) if (entry.region !== scenario.region) unused.set(idOf(entry), entry);
  return [...unused].flatMap(([id, entry]) => (used.has(id) ? [] : [idleAllowProblem(entry)]));
}

function idOf({ key, region }: AllowEntry): string {
  return JSON.stringify([key, region]);
}

/** What removes nothing for any instance that reads it: for some of them there may be nothing to remove. */
function idleRemovals(examined: readonly Examined[]): readonly Problem[] {
  const met = new Map<string, { readonly problem: Problem; count: number }>();
  for (const problem of examined.flatMap((one) => one.idleRemovals)) {
    const entry = met.get(JSON.stringify(problem)) ?? { problem, count: 0 };
    entry.count += 1;
    met.set(JSON.stringify(problem), entry);
  }
  return [...met.values()].flatMap(({ problem, count }) => {
    const readers = examined.filter(({ layers }) => layers.some((name) => isPlanOf(name, problem.file)));
    return count === readers.length ? [problem] : [];
  });
}

function isPlanOf(layer: string, file: string | undefined): boolean {
  return file === `${layer}/plan.yaml` || file === `${layer}/plan.yml`;
}
