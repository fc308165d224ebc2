import type { Problem } from '#kit/errors.ts';
import { describeScenario, type Scenario } from './scenario.ts';

/**
 * Problems of many scenarios as one list: what is wrong for everybody stands there once, what is wrong for some says for
 * whom. In the order of files and lines.
 */
export function tallyProblems(
  found: readonly { readonly scenario: Scenario; readonly problems: readonly Problem[] }[],
): readonly Problem[] {
  const met = new Map<string, { readonly problem: Problem; readonly scenarios: Set<Scenario> }>();
  for (const { scenario, problems } of found) {
    for (const problem of problems) {
      const id = JSON.stringify([problem.code, problem.file, problem.line, problem.column, problem.message]);
      const entry = met.get(id) ?? { problem, scenarios: new Set() };
      entry.scenarios.add(scenario);
      met.set(id, entry);
    }
  }
  const all = found.map(({ scenario }) => scenario);
  return inPlaceOrder(
    [...met.values()].map(({ problem, scenarios }) => {
      const whom = describeMany(scenarios, all);
      return whom === '' ? problem : { ...problem, message: `${problem.message} (${whom})` };
    }),
  );
}

export function inPlaceOrder(problems: readonly Problem[]): readonly Problem[] {
  return problems.toSorted(
    (a, b) =>
      compare(a.file ?? '', b.file ?? '') ||
      (a.line ?? 0) - (b.line ?? 0) ||
      (a.column ?? 0) - (b.column ?? 0),
  );
}

/** `in eu-west-1`, `in eu-west-1 as web in prod`; empty when it is everybody. */
function describeMany(some: ReadonlySet<Scenario>, all: readonly Scenario[]): string {
  if (some.size === all.length) return '';
  const kinds = [...new Set(all.map(({ region }) => region))].flatMap((region) => {
    const there = all.filter((scenario) => scenario.region === region);
    const met = there.filter((scenario) => some.has(scenario));
    if (met.length === there.length) return [`in ${region}`];
    return met.map((scenario) => `in ${region} as ${describeScenario(scenario)}`);
  });
  const more = kinds.length > MAX_SHOWN ? `, and ${kinds.length - MAX_SHOWN} more` : '';
  return kinds.slice(0, MAX_SHOWN).join(', ') + more;
}

const MAX_SHOWN = 3;

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
