import { type Steps, whole } from '../kit/steps.ts';
import { findEndpoints } from './detect/detector.ts';
import type { Finding, Severity } from './detect/finding.ts';
import { keyMatches } from './key-pattern.ts';
import { regionFacts } from './tables/partitions.ts';
import type { TextRole } from './detect/text-role.ts';
import { addressFindings, type RegionOfAddress } from './detect/public-address.ts';
import { hasRegionalId } from './detect/regional-id.ts';

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

/** What is refused beside what names another region; the stricter of setting and plan. */
export interface GuardPolicy {
  /** What is bound to a region that nothing names: S3 without a region, a public address. */
  readonly unknown: 'warn' | 'refuse';
  /** Buckets, private hosts and paths that carry another region's name. */
  readonly hints: 'show' | 'refuse';
}

export const LENIENT: GuardPolicy = { unknown: 'warn', hints: 'show' };

export function stricterOf(a: GuardPolicy, b: GuardPolicy): GuardPolicy {
  return {
    unknown: a.unknown === 'refuse' ? 'refuse' : b.unknown,
    hints: a.hints === 'refuse' ? 'refuse' : b.hints,
  };
}

/** What an allow entry calls the region of what has none. */
export const UNKNOWN_REGION = 'unknown';

export interface GuardFinding {
  readonly key: string;
  readonly layer?: string;
  readonly file?: string;
  readonly line?: number;
  /** The foreign region; `unknown` where nothing says which it is. */
  readonly region: string;
  readonly kind: string;
  readonly severity: Severity;
  /** The host, ARN or word that names it, shortened; never user or password of a URL. `[redacted]` for a secret. */
  readonly text: string;
  /**
   * The same with the instance's facts in place of the region. Undefined where no fact can stand for it, and where
   * another part of the name belongs to that region, too: with another region in it nobody has such a name.
   */
  readonly suggestion: string | undefined;
}

/** What was found, parted by what becomes of it. */
export interface Sighted {
  /** What refuses the generation, in the order of the values. */
  readonly findings: readonly GuardFinding[];
  /** What is shown and refuses nothing: unknown regions and hints. */
  readonly shown: readonly GuardFinding[];
}

export interface Judgement extends Sighted {
  /** What would have been found, but for an allow entry. */
  readonly allowed: readonly { readonly finding: GuardFinding; readonly by: AllowEntry }[];
  /** Entries that excused nothing: stale, or misspelt. */
  readonly unusedAllow: readonly AllowEntry[];
}

export interface JudgeInput {
  readonly region: string;
  readonly values: Iterable<GuardedValue>;
  readonly allow: readonly AllowEntry[];
  /** Lenient when left out. */
  readonly policy?: GuardPolicy;
  /** Left out, the region of a public address is unknown. */
  readonly regionOf?: RegionOfAddress | undefined;
}

const LONGEST_TEXT = 120;
const REDACTED = '[redacted]';

/**
 * Law 4: nothing foreign is activated. Judges values after interpolation, so that a region split over several
 * properties is seen whole. Foreign is whatever addresses or writes down another region; hints and unknown regions
 * are shown, and refuse where the policy says so.
 */
export function judge(input: JudgeInput): Judgement {
  return whole(judging(input));
}

/** `judge` in steps. */
export function* judging(input: JudgeInput): Steps<Judgement> {
  const { policy = LENIENT } = input;
  const findings: GuardFinding[] = [];
  const shown: GuardFinding[] = [];
  const allowed: { finding: GuardFinding; by: AllowEntry }[] = [];
  const used = new Set<AllowEntry>();
  for (const value of input.values) {
    yield;
    for (const finding of foreignIn(value, input)) {
      const excuses = input.allow.filter(
        (entry) => entry.region === finding.region && keyMatches(entry.key, value.key),
      );
      for (const entry of excuses) used.add(entry);
      const [by] = excuses;
      if (by) allowed.push({ finding, by });
      else (refuses(finding, policy) ? findings : shown).push(finding);
    }
  }
  // An address that a table gives a region to needs no excuse today; the table may be gone tomorrow.
  const isIdle = (entry: AllowEntry): boolean =>
    !used.has(entry) && (entry.region !== UNKNOWN_REGION || input.regionOf === undefined);
  return { findings, shown, allowed, unusedAllow: input.allow.filter(isIdle) };
}

function refuses({ severity }: GuardFinding, policy: GuardPolicy): boolean {
  if (severity === 'unknown') return policy.unknown === 'refuse';
  return severity !== 'info' || policy.hints === 'refuse';
}

function* foreignIn(value: GuardedValue, { region: home, regionOf }: JudgeInput): Generator<GuardFinding> {
  const { key, layer, file, line } = value;
  const found = [
    ...findEndpoints(value.value, { as: value.as }),
    ...addressFindings(value.value, { name: key, regionOf }),
  ];
  for (const one of found) {
    const { kind, severity } = one;
    // An opaque id says nothing that could be compared.
    if (severity === 'info' && one.region === null) continue;
    const region = regionIn(one);
    if (region === home) continue;
    // A name that only the value knows is a part of the value.
    const isShown = !value.secret || one.region !== null || severity === 'unknown';
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
        : described(value.value, one, region, home)),
      // References work in values only.
      ...(value.as === 'key' && { suggestion: undefined }),
    };
  }
}

/** A region that this build does not know is still another one, or the instance's own. */
function regionIn({ region, severity, text }: Finding): string {
  return region ?? (severity === 'unknown' ? UNKNOWN_REGION : text.toLowerCase());
}

function described(
  value: string,
  found: Finding,
  region: string,
  home: string,
): Pick<GuardFinding, 'text' | 'suggestion'> {
  const { start, end } = excerpt(value, found);
  const text = value.slice(start, end);
  const fact = factFor(found, region);
  if (fact === undefined || isOfThatRegion(value, found, region)) return { text, suggestion: undefined };
  const before = value.slice(start, found.start);
  const after = value.slice(found.end, end);
  return { text, suggestion: inPartition(before, region, home) + fact + inPartition(after, region, home) };
}

/** As far as an ARN, a URL or a list of hosts goes on: what stands there is one name with the region's. */
const NAME_REACH = 255;

/** Whether another part of the name belongs to the region: an id that was given out there, or the region once more. */
function isOfThatRegion(value: string, { start, end }: Finding, region: string): boolean {
  const before = /[^\s"'`<>|,;=?&]*$/.exec(value.slice(Math.max(0, start - NAME_REACH), start))?.[0] ?? '';
  const after = /^[^\s"'`<>|,;?&]*/.exec(value.slice(end, end + NAME_REACH))?.[0] ?? '';
  const name = value.slice(start, end);
  return (
    hasRegionalId(before + name + after) || `${before} ${after}`.toLowerCase().includes(region.toLowerCase())
  );
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

/** None for a hint: that somebody has a bucket or a host of such a name in every region is a guess. */
function factFor({ text, severity }: Finding, region: string): string | undefined {
  if (severity === 'info') return undefined;
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
