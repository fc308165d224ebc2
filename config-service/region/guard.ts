import { findEndpoints } from './detector.ts';
import type { Finding, Severity } from './finding.ts';
import { keyMatches } from './key-pattern.ts';
import { regionFacts } from './partitions.ts';
import type { TextRole } from './text-role.ts';

/** A value as it would be served, and where it was written. */
export interface GuardedValue {
  readonly key: string;
  readonly value: string;
  /** What becomes of it; a property's value when left out. */
  readonly as?: TextRole;
  readonly layer?: string;
  readonly file?: string;
  readonly line?: number;
  /** Then no part of the value is repeated in a finding. */
  readonly secret?: boolean;
}

/** "This key may name that region": `key` is a pattern in which `*` stands for any text. */
export interface AllowEntry {
  readonly key: string;
  readonly region: string;
  readonly reason: string;
}

export interface GuardFinding {
  readonly key: string;
  readonly layer?: string;
  readonly file?: string;
  readonly line?: number;
  /** The foreign region. */
  readonly region: string;
  readonly kind: string;
  readonly severity: Exclude<Severity, 'info' | 'unknown'>;
  /** The host, ARN or word that names it, shortened; never user or password of a URL. `[redacted]` for a secret. */
  readonly text: string;
  /** The same with the instance's facts in place of the region, or undefined where no fact can stand for it. */
  readonly suggestion: string | undefined;
}

export interface Judgement {
  /** What refuses the generation, in the order of the values. */
  readonly findings: readonly GuardFinding[];
  /** What would have, but for an allow entry. */
  readonly allowed: readonly { readonly finding: GuardFinding; readonly by: AllowEntry }[];
  /** Entries that excused nothing: stale, or misspelt. */
  readonly unusedAllow: readonly AllowEntry[];
}

const LONGEST_TEXT = 120;
const REDACTED = '[redacted]';

/**
 * Law 4: nothing foreign is activated. Judges values after interpolation, so that a region split over several
 * properties is seen whole. Foreign is whatever addresses or writes down another region; hints never refuse.
 */
export function judge(input: {
  readonly region: string;
  readonly values: Iterable<GuardedValue>;
  readonly allow: readonly AllowEntry[];
}): Judgement {
  const findings: GuardFinding[] = [];
  const allowed: { finding: GuardFinding; by: AllowEntry }[] = [];
  const used = new Set<AllowEntry>();
  for (const value of input.values) {
    for (const finding of foreignIn(value, input.region)) {
      const excuses = input.allow.filter(
        (entry) => entry.region === finding.region && keyMatches(entry.key, value.key),
      );
      for (const entry of excuses) used.add(entry);
      const [by] = excuses;
      if (by) allowed.push({ finding, by });
      else findings.push(finding);
    }
  }
  return { findings, allowed, unusedAllow: input.allow.filter((entry) => !used.has(entry)) };
}

function* foreignIn(value: GuardedValue, home: string): Generator<GuardFinding> {
  for (const found of findEndpoints(value.value, { as: value.as })) {
    const { kind, severity } = found;
    if (severity === 'info' || severity === 'unknown') continue;
    // A region that this build does not know is still another one, or the instance's own.
    const region = found.region ?? found.text.toLowerCase();
    if (region === home) continue;
    const { key, layer, file, line } = value;
    // A name that only the value knows is a part of the value.
    const isShown = !value.secret || found.region !== null;
    yield {
      key,
      ...(layer !== undefined && { layer }),
      ...(file !== undefined && { file }),
      ...(line !== undefined && { line }),
      region: isShown ? region : 'an unknown region',
      kind,
      severity,
      ...(value.secret
        ? { text: REDACTED, suggestion: undefined }
        : described(value.value, found, region, home)),
      // References work in values only.
      ...(value.as === 'key' && { suggestion: undefined }),
    };
  }
}

function described(
  value: string,
  found: Finding,
  region: string,
  home: string,
): Pick<GuardFinding, 'text' | 'suggestion'> {
  const { start, end } = excerpt(value, found);
  const fact = factFor(found.text, region);
  if (fact === undefined) return { text: value.slice(start, end), suggestion: undefined };
  const before = value.slice(start, found.start);
  const after = value.slice(found.end, end);
  return {
    text: value.slice(start, end),
    suggestion: inPartition(before, region, home) + fact + inPartition(after, region, home),
  };
}

/** The host, ARN or word around the name: characters that cannot carry a password along. */
function excerpt(value: string, found: Finding): { start: number; end: number } {
  const part = found.kind === 'arn' ? /[\w.:-]/ : /[\w.-]/;
  const room = Math.max(0, LONGEST_TEXT - (found.end - found.start));
  let { start, end } = found;
  while (start > 0 && found.start - start < room / 2 && part.test(value.charAt(start - 1))) start--;
  while (end < value.length && end - start < LONGEST_TEXT && part.test(value.charAt(end))) end++;
  return { start, end: Math.min(end, start + LONGEST_TEXT) };
}

function factFor(text: string, region: string): string | undefined {
  const name = text.toLowerCase();
  if (name === region) return '${@region}';
  return name.startsWith(region) ? '${@zone}' : undefined;
}

/** Another partition has another suffix and another name in ARNs. */
function inPartition(text: string, region: string, home: string): string {
  const foreign = regionFacts(region);
  if (!foreign || foreign.partition === regionFacts(home)?.partition) return text;
  return text
    .replace(`arn:${foreign.partition}:`, 'arn:${@partition}:')
    .replace(new RegExp(`\\.${foreign.dnsSuffix.replaceAll('.', '\\.')}$`), '.${@dnsSuffix}');
}
