import { memberOf, type PlanNode } from '#agent/plan/plan-node.ts';
import type { Draft } from './draft.ts';
import { CONSUL_DIALECT } from './go-template/dialect.ts';

/** What `consul kv export` prints: a list of keys, and their values in base64. */
export function consulKeysOf(file: string, root: PlanNode, draft: Draft): Readonly<Record<string, string>> {
  const values: Record<string, string> = {};
  for (const item of root.kind === 'list' ? root.items : []) {
    const key = memberOf(item, 'key');
    const value = memberOf(item, 'value');
    if (key?.kind !== 'scalar') draft.leave({ file, line: item.line }, 'an entry', 'has no key');
    // A folder of Consul is a key that ends in a slash.
    else if (!key.text.endsWith('/'))
      values[CONSUL_DIALECT.propertyOf(key.text)] =
        value?.kind === 'scalar' ? Buffer.from(value.text, 'base64').toString() : '';
  }
  return values;
}
