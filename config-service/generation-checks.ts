import type { Fault, Problem } from './kit/errors.ts';
import type { Effective } from './layers/effective.ts';
import type { AllowEntry } from './region/guard.ts';

/**
 * Law 6: a source that lost most of its keys is far more often a broken upload than a decision. Undefined when the new
 * generation keeps enough of the old one's keys; new keys do not make up for lost ones.
 * @param maxShrink the part of its keys a generation may lose, 0..1.
 */
export function shrinkFault(before: Effective, after: Effective, maxShrink: number): Fault | undefined {
  if (before.size === 0) return undefined;
  const lost = [...before.keys()].filter((key) => !after.has(key));
  const share = lost.length / before.size;
  if (share <= maxShrink) return undefined;
  const shown = lost.slice(0, 5).join(', ');
  const others = lost.length > 5 ? ` and ${lost.length - 5} more` : '';
  return {
    code: 'LF_SHRUNK',
    operation: 'accept',
    subject: 'the new generation',
    cause: `it lost ${lost.length} of ${before.size} keys (${Math.round(share * 100)}%): ${shown}${others}`,
    hint: `If that is meant, raise LANDFALL_MAX_SHRINK above ${Math.round(maxShrink * 100)}% or remove the keys in steps.`,
  };
}

/** A key that must have a value, and where a plan says so. */
export interface RequiredKey {
  readonly key: string;
  readonly file?: string;
  readonly line?: number;
}

/** Keys that the plan requires and that are not there, or hold nothing but blanks; each once, where it was first required. */
export function missingKeys(effective: Effective, required: readonly RequiredKey[]): readonly Problem[] {
  return unmet(effective, required).map(({ key, ...place }) => {
    const property = effective.get(key);
    const why =
      property === undefined || property.value === ''
        ? 'no layer gives it a value'
        : `its value in ${property.winner.layer}/${property.winner.file}:${property.winner.line} is blank`;
    return { code: 'LF_REQUIRED_MISSING', message: `the plan requires ${key}, and ${why}`, ...place };
  });
}

export function requiredFault(effective: Effective, required: readonly RequiredKey[]): Fault | undefined {
  const missing = unmet(effective, required);
  if (missing.length === 0) return undefined;
  return {
    code: 'LF_REQUIRED_MISSING',
    operation: 'accept',
    subject: 'the new generation',
    cause: `no value for ${missing.map(({ key }) => key).join(', ')}`,
    hint: 'Set them in a layer that applies to this instance, or take them off `require` in plan.yaml.',
    problems: missingKeys(effective, missing),
  };
}

function unmet(effective: Effective, required: readonly RequiredKey[]): readonly RequiredKey[] {
  const seen = new Set<string>();
  return required.filter(({ key }) => {
    if (seen.has(key)) return false;
    seen.add(key);
    return (effective.get(key)?.value.trim() ?? '') === '';
  });
}

/** An allow entry, and where it was written. */
export interface PlacedAllow extends AllowEntry {
  readonly file?: string;
  readonly line?: number;
}

/** Keys of what is rendered: sources, entries without one, and init documents. */
const RENDERED = /^(?:(?:templates|files)\/|(?:environmentFiles|files|init)\.)/;

/**
 * Entries that excuse nothing here, as warnings. At home an entry never has anything to excuse, and what is rendered is
 * judged later: neither says that the entry is stale.
 */
export function idleAllow(unused: readonly PlacedAllow[], region: string): readonly Problem[] {
  return unused.filter((entry) => entry.region !== region && !RENDERED.test(entry.key)).map(idleAllowProblem);
}

export function idleAllowProblem({ key, region, file, line }: PlacedAllow): Problem {
  return {
    code: 'LF_ALLOW_UNUSED',
    message: `guard.allow for ${key} in ${region} excuses nothing here; remove it`,
    ...(file === undefined ? {} : { file }),
    ...(line === undefined ? {} : { line }),
  };
}
