import { roleOfFile, textOfBytes, type GuardedValue, type GuardFinding } from '#config-service';
import { describeProblem, type Fault, type Problem } from '#kit/errors.ts';
import type { PlanAsset, TargetEntry } from '../plan/plan.ts';
import type { RenderedTarget } from './rendering.ts';

/** Law 4 for whatever is about to be put on the host. */
export interface ContentGuard {
  readonly mode: 'enforce' | 'warn' | 'off';
  /** What names another region and is covered by no allow entry. */
  readonly judge: (values: readonly GuardedValue[]) => readonly GuardFinding[];
}

/**
 * Every line of every text, under the path of its source: `key: templates/nginx.conf.liquid` of an allow entry covers what
 * is rendered from it, and what has no source of its own goes by its name, `environmentFiles.app`. In whatever encoding:
 * of binaries the strings are read.
 */
export function foreignInTargets(
  targets: readonly RenderedTarget[],
  guard: ContentGuard,
): readonly GuardFinding[] {
  if (guard.mode === 'off') return [];
  return targets.flatMap((target) => guard.judge(linesOf(target)));
}

/** The refusal of the whole generation; undefined when nothing was found. */
export function foreignTargetFault(findings: readonly GuardFinding[], region: string): Fault | undefined {
  if (findings.length === 0) return undefined;
  const regions = [...new Set(findings.map((finding) => finding.region))].join(', ');
  const problems = findings.map(problemOf);
  const [first] = problems;
  return {
    code: 'LF_REGION_FOREIGN',
    operation: 'render',
    subject: [...new Set(findings.map(({ key }) => key))].join(', '),
    cause: `${findings.length === 1 ? 'a line names' : `${findings.length} lines name`} ${regions}, this instance is in ${region} (${first ? describeProblem(first) : ''})`,
    hint: 'Write {{ landfall.region }} where the region stands, or allow it in plan.yaml with a reason.',
    problems,
  };
}

function problemOf({ key, file, line, region, text, suggestion }: GuardFinding): Problem {
  const remedy = suggestion?.replaceAll(/\$\{@(\w+)\}/g, '{{ landfall.$1 }}');
  return {
    code: 'LF_REGION_FOREIGN',
    message: `${key} names ${region}: ${remedy === undefined ? `${text} belongs to another region` : `write ${remedy}`}`,
    ...(file === undefined ? {} : { file }),
    ...(line === undefined ? {} : { line }),
  };
}

function linesOf({ name, entry, bytes, newMode, secret }: RenderedTarget): readonly GuardedValue[] {
  const text = textOfBytes(bytes);
  const key = sourceOf(entry)?.path ?? name;
  const as = ((entry.mode ?? newMode) & ANY_MAY_RUN) === 0 ? roleOfFile(entry.target, text) : 'script';
  return text
    .split('\n')
    .map((value, index) => ({ key, value, as, file: entry.target, line: index + 1, secret }));
}

/** What may be executed is a script to whoever executes it. */
const ANY_MAY_RUN = 0o111;

function sourceOf(entry: TargetEntry & { readonly source?: PlanAsset | undefined }): PlanAsset | undefined {
  return entry.source;
}
