import { BUILT_IN, type Rule } from './built-in.ts';
import { compileCustomRule } from './custom-rule.ts';
import { createPrivateKeyRule } from './private-key.ts';

/** The text without what must not leave this host. Holds state: one redactor for each source, asked in order. */
export type Redactor = (message: string) => string;

/** What the plan asks for, compiled once; each source then gets a redactor of its own. */
export async function compileRedaction(
  names: readonly string[],
  patterns: readonly string[],
): Promise<(() => Redactor) | undefined> {
  if (names.length === 0 && patterns.length === 0) return undefined;
  const custom = await Promise.all(patterns.map(compileCustomRule));
  return () => {
    const rules: Rule[] = names.flatMap((name) => {
      if (name === 'private-key') return [createPrivateKeyRule()];
      return BUILT_IN.get(name) ?? [];
    });
    const all = [...rules, ...custom];
    return (message) => {
      let text = message;
      for (const rule of all) text = rule(text);
      return text;
    };
  };
}
