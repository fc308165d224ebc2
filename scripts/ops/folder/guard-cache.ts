import { judge, LENIENT, stricterOf, type AllowEntry } from '#config-service';
import type { GuardRules } from '../console/options.ts';

export type Judge = typeof judge;

/** Texts of one region that are remembered at most, before all are forgotten. */
const CAPACITY = 200_000;

/**
 * `judge`, with a memory of what names nothing foreign: thousands of kinds of instances share most of their values and
 * lines, and to look at one of these takes far longer than to know it.
 */
export function createGuardCache(rules: GuardRules = {}): Judge {
  const regions = new Map<string, Set<string>>();
  return ({ region, values, allow, policy = LENIENT }) => {
    const asked = { ...rules, policy: stricterOf(rules.policy ?? LENIENT, policy) };
    const clean = regions.get(region) ?? new Set();
    regions.set(region, clean);
    if (clean.size > CAPACITY) clean.clear();
    const judgements = [];
    for (const one of values) {
      // By the key, too: four numbers are a version or an address by what they are called.
      const id = `${one.key}\n${one.value}`;
      if (clean.has(id)) continue;
      const judgement = judge({ ...asked, region, values: [one], allow });
      const { findings, shown, allowed } = judgement;
      if (findings.length + shown.length + allowed.length === 0) clean.add(id);
      else judgements.push(judgement);
    }
    const findings = judgements.flatMap((judgement) => judgement.findings);
    const shown = judgements.flatMap((judgement) => judgement.shown);
    const allowed = judgements.flatMap((judgement) => judgement.allowed);
    const unused = judgements.reduce(
      (rest: readonly AllowEntry[], { unusedAllow }) => rest.filter((entry) => unusedAllow.includes(entry)),
      allow,
    );
    return { findings, shown, allowed, unusedAllow: unused };
  };
}
