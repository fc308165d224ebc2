import { judge, type AllowEntry } from '#config-service';

export type Judge = typeof judge;

/** Texts of one region that are remembered at most, before all are forgotten. */
const CAPACITY = 200_000;

/**
 * `judge`, with a memory of what names nothing foreign: thousands of kinds of instances share most of their values and
 * lines, and to look at one of these takes far longer than to know it.
 */
export function createGuardMemory(): Judge {
  const regions = new Map<string, Set<string>>();
  return ({ region, values, allow }) => {
    const clean = regions.get(region) ?? new Set();
    regions.set(region, clean);
    if (clean.size > CAPACITY) clean.clear();
    const judgements = [];
    for (const one of values) {
      if (clean.has(one.value)) continue;
      const judgement = judge({ region, values: [one], allow });
      if (judgement.findings.length + judgement.allowed.length === 0) clean.add(one.value);
      else judgements.push(judgement);
    }
    const findings = judgements.flatMap((judgement) => judgement.findings);
    const allowed = judgements.flatMap((judgement) => judgement.allowed);
    const unused = judgements.reduce(
      (rest: readonly AllowEntry[], { unusedAllow }) => rest.filter((entry) => unusedAllow.includes(entry)),
      allow,
    );
    return { findings, allowed, unusedAllow: unused };
  };
}
