import type { Fault, FaultCode, Problem } from '../kit/errors.ts';
import { UNKNOWN_REGION, type GuardFinding } from './guard.ts';

/**
 * Why a generation is refused whose values name what they should not, or cannot be told to be at home.
 * @param isProperty whether a reference such as `${@region}` works there: in properties, not in plans.
 */
export function guardFault(
  findings: readonly GuardFinding[],
  region: string,
  isProperty: (key: string) => boolean,
): Fault {
  const code = guardCodeOfAll(findings);
  return {
    code,
    operation: 'accept',
    subject: 'the new generation',
    cause: `${countOf(findings, 'value')}; this instance is in ${region}`,
    hint: guardHint(code),
    problems: findings.map((finding) => problemOf(finding, isProperty(finding.key))),
  };
}

export type GuardCode = Extract<FaultCode, 'LF_REGION_FOREIGN' | 'LF_REGION_UNKNOWN' | 'LF_REGION_HINT'>;

/** What one finding is called by. */
export function guardCodeOf({ severity }: Pick<GuardFinding, 'severity'>): GuardCode {
  if (severity === 'unknown') return 'LF_REGION_UNKNOWN';
  return severity === 'info' ? 'LF_REGION_HINT' : 'LF_REGION_FOREIGN';
}

/** The weightiest: what names another region before what may, and that before what hints at one. */
export function guardCodeOfAll(findings: readonly GuardFinding[]): GuardCode {
  const codes = new Set(findings.map(guardCodeOf));
  const order = ['LF_REGION_FOREIGN', 'LF_REGION_UNKNOWN', 'LF_REGION_HINT'] as const;
  return order.find((code) => codes.has(code)) ?? 'LF_REGION_FOREIGN';
}

/** `a value names us-east-1`, `3 values name us-east-1, an unknown region`. */
export function countOf(findings: readonly GuardFinding[], noun: 'value' | 'line'): string {
  const regions = [...new Set(findings.map(({ region }) => regionText(region)))].join(', ');
  const [only] = findings;
  const verb = findings.every(({ severity }) => severity === 'unknown') ? 'lead' : 'name';
  const to = verb === 'lead' ? ' to' : '';
  return only && findings.length === 1
    ? `a ${noun} ${verb}s${to} ${regions}`
    : `${findings.length} ${noun}s ${verb}${to} ${regions}`;
}

/** `names us-east-1`, `carries the name us-east-1`, `leads to an unknown region`. */
export function sentenceOf({ severity, region }: GuardFinding): string {
  if (severity === 'unknown') return `leads to ${regionText(region)}`;
  return severity === 'info' ? `carries the name of ${region}` : `names ${region}`;
}

/** What to do about one that a reference cannot stand for. */
export function remedyOf({ severity, region, key, text }: GuardFinding): string {
  if (severity === 'unknown')
    return `name one of the region in place of ${text}, or allow ${key} in plan.yaml as region ${UNKNOWN_REGION}`;
  const layer = region.includes(' ') ? 'region/REGION' : `region/${region}`;
  return `${text} belongs in ${layer}: define ${key} for each region in its own, or allow it in plan.yaml with a reason`;
}

/** What to do about a refusal as a whole. */
export function guardHint(code: GuardCode): string {
  return HINTS[code];
}

export function isGuardCode(code: FaultCode): code is GuardCode {
  return code in HINTS;
}

const HINTS: Readonly<Record<GuardCode, string>> = {
  LF_REGION_FOREIGN:
    'Write ${@region} where the region stands, move the value to region/REGION, or allow it in plan.yaml with a reason.',
  LF_REGION_UNKNOWN:
    'Write an endpoint with a region, give addresses a table (LANDFALL_IP_RANGES), or allow it in plan.yaml: region unknown.',
  LF_REGION_HINT: 'Define the value in region/REGION, or allow it in plan.yaml with a reason.',
};

function problemOf(finding: GuardFinding, isProperty: boolean): Problem {
  const { key, suggestion, file, line } = finding;
  const remedy = suggestion !== undefined && isProperty ? `write ${suggestion}` : remedyOf(finding);
  return {
    code: guardCodeOf(finding),
    message: `${key} ${sentenceOf(finding)}: ${remedy}`,
    ...(file === undefined ? {} : { file }),
    ...(line === undefined ? {} : { line }),
  };
}

function regionText(region: string): string {
  return region === UNKNOWN_REGION ? 'an unknown region' : region;
}
