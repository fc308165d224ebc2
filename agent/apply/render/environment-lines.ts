import { envName, type Effective } from '#config-service';
import type { Problem } from '#kit/errors.ts';
import type { EnvironmentFileEntry } from '../../plan/plan.ts';
import { envLiteral, Inexpressible } from './escapes.ts';

export type EnvironmentLines =
  | { readonly kind: 'rendered'; readonly text: string; readonly keys: readonly string[] }
  | { readonly kind: 'unrenderable'; readonly problems: readonly Problem[] };

/**
 * `NAME="value"` lines for systemd's EnvironmentFile=, which POSIX sh reads alike, sorted as the keys are. Two keys of one
 * name, a value that systemd would drop, or a prefix that no key has, is a problem: a service must not find less than the
 * plan says.
 */
export function environmentLines(effective: Effective, entry: EnvironmentFileEntry): EnvironmentLines {
  const { prefix, place } = entry;
  const keyOf = new Map<string, string>();
  const problems: Problem[] = [];
  const report = (message: string): void => {
    problems.push({ code: 'LF_TEMPLATE', message, ...place });
  };
  let text = '';
  for (const { key, value } of effective.values()) {
    if (!key.startsWith(prefix) || key === prefix) continue;
    const name = envName(key.slice(prefix.length));
    const other = keyOf.get(name);
    if (other !== undefined)
      report(`'${other}' and '${key}' are both ${name}; rename one, or choose a prefix`);
    keyOf.set(name, key);
    try {
      text += `${name}=${envLiteral(value)}\n`;
    } catch (error) {
      if (!(error instanceof Inexpressible)) throw error;
      report(`'${key}': ${error.message}`);
    }
  }
  if (keyOf.size === 0 && prefix !== '') report(`no key starts with '${prefix}'`);
  return problems.length > 0
    ? { kind: 'unrenderable', problems }
    : { kind: 'rendered', text, keys: [...keyOf.values()] };
}
