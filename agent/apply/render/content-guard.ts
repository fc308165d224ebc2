import {
  countOf,
  guardCodeOf,
  guardCodeOfAll,
  remedyOf,
  roleOfFile,
  sentenceOf,
  textOfBytes,
  type GuardedValue,
  type GuardFinding,
  type Sighted,
} from '#config-service';
import { describeProblem, type Fault, type Problem } from '#kit/errors.ts';
import type { PlanAsset, TargetEntry } from '../../plan/plan.ts';
import type { RenderedTarget } from './rendering.ts';

/** Law 4 for whatever is about to be put on the host. */
export interface ContentGuard {
  readonly mode: 'enforce' | 'warn' | 'off';
  /** What is refused and what only shows, as far as no allow entry covers it. */
  readonly judge: (values: readonly GuardedValue[]) => Sighted;
}

/**
 * Every line of every text, under the path of its source: `key: templates/nginx.conf.liquid` of an allow entry covers what
 * is rendered from it, and what has no source of its own goes by its name, `environmentFiles.app`. In whatever encoding:
 * of binaries the strings are read.
 */
export function foreignInTargets(targets: readonly RenderedTarget[], guard: ContentGuard): Sighted {
  if (guard.mode === 'off') return { findings: [], shown: [] };
  const sighted = targets.map((target) => guard.judge(linesOf(target)));
  return {
    findings: sighted.flatMap(({ findings }) => findings),
    shown: sighted.flatMap(({ shown }) => shown),
  };
}

/** The refusal of the whole generation; undefined when nothing was found. */
export function foreignTargetFault(findings: readonly GuardFinding[], region: string): Fault | undefined {
  if (findings.length === 0) return undefined;
  const problems = findings.map(problemOf);
  const [first] = problems;
  return {
    code: guardCodeOfAll(findings),
    operation: 'render',
    subject: [...new Set(findings.map(({ key }) => key))].join(', '),
    cause: `${countOf(findings, 'line')}, this instance is in ${region} (${first ? describeProblem(first) : ''})`,
    hint: 'Write {{ landfall.region }} where the region stands, or allow it in plan.yaml with a reason.',
    problems,
  };
}

function problemOf(finding: GuardFinding): Problem {
  const { key, file, line, suggestion } = finding;
  const remedy = suggestion?.replaceAll(/\$\{@(\w+)\}/g, '{{ landfall.$1 }}');
  return {
    code: guardCodeOf(finding),
    message: `${key} ${sentenceOf(finding)}: ${remedy === undefined ? remedyOf(finding) : `write ${remedy}`}`,
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
