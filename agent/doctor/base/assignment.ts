import { regionFacts, regionsNamedBy } from '#config-service';
import type { Sign } from './sign.ts';
import { variableKind } from './variable-names.ts';

/**
 * `NAME=value` as shells, systemd units, `environment.d`, cron and pam_env (`NAME DEFAULT=value`) write it, and the
 * `setenv NAME value` and `set -gx NAME value` of other shells. A comparison (`"$NAME" = x`) is none.
 */
const ASSIGNMENTS = [
  /(?<![\w$.{-])([A-Z][A-Z0-9_]+)=(?!=)(?:"([^"]*)"|'([^']*)'|([^\s"';]*))/g,
  /^\s*([A-Z][A-Z0-9_]+)\s*=(?!=)\s*(?:"([^"]*)"|'([^']*)'|([^\s"';#]*))/g,
  /^\s*([A-Z][A-Z0-9_]+)\s+(?:DEFAULT|OVERRIDE)\s*=\s*(?:"([^"]*)"|'([^']*)'|(\S*))/g,
  /(?:\bsetenv|\bset\s+-\w*x\w*)\s+([A-Z][A-Z0-9_]+)\s+(?:"([^"]*)"|'([^']*)'|([^\s;]*))/g,
];

/** What a line sets of the variables that lead somewhere. Names and regions only: a value may be a secret. */
export function assignmentsIn(line: string): readonly Sign[] {
  if (/^\s*UnsetEnvironment\s*=/.test(line)) return [];
  const set = new Map<string, string>();
  for (const shape of ASSIGNMENTS) {
    for (const [, name = '', ...values] of line.matchAll(shape)) {
      const value = values.find((text) => text !== undefined && text !== '');
      if (value !== undefined && !set.has(name)) set.set(name, value.trim());
    }
  }
  return [...set].flatMap(([name, value]) => signsOf(name, value));
}

function signsOf(name: string, value: string): readonly Sign[] {
  const kind = variableKind(name);
  // A value that is worked out (`$(curl ...)`, `${region}`) is worked out on the host it runs on.
  if (kind === undefined || value === '' || /[$`%]/.test(value)) return [];
  const sets = { says: `sets ${name}`, variable: name };
  if (kind === 'legacy')
    return value.toLowerCase() === 'legacy' ? [{ ...sets, says: `${sets.says} to legacy` }] : [];
  const region = value.toLowerCase();
  if (kind === 'region') {
    return [regionFacts(region) ? { ...sets, says: `${sets.says} to ${region}`, region } : sets];
  }
  const named = kind === 'endpoint' ? regionsNamedBy(value) : [];
  if (named.length === 0) return [sets];
  return named.map((foreign) => ({
    ...sets,
    says: `${sets.says} to an endpoint of ${foreign}`,
    region: foreign,
  }));
}
