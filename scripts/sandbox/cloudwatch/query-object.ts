/** Deeper than any real request, and the bound of the walk. */
const MOST_DEPTH = 8;

/**
 * The query protocol as the object it stands for: `MetricData.member.1.MetricName=x` becomes `{ MetricData: [{ MetricName: 'x' }] }`.
 * All leaves are strings.
 */
export function queryObject(fields: URLSearchParams): Readonly<Record<string, unknown>> {
  const root = new Map<string, Node>();
  for (const [field, value] of fields) {
    const path = field.split('.');
    if (path.length <= MOST_DEPTH) place(root, path, value);
  }
  return toObject(root);
}

type Node = string | Map<string, Node>;

function place(root: Map<string, Node>, path: readonly string[], value: string): void {
  let node = root;
  for (const name of path.slice(0, -1)) {
    const child = node.get(name);
    const next = child instanceof Map ? child : new Map<string, Node>();
    if (next !== child) node.set(name, next);
    node = next;
  }
  node.set(path.at(-1) ?? '', value);
}

function toObject(node: ReadonlyMap<string, Node>): Readonly<Record<string, unknown>> {
  return Object.fromEntries([...node].map(([name, child]) => [name, toValue(child)]));
}

function toValue(node: Node): unknown {
  if (typeof node === 'string') return node;
  const members = node.get('member');
  if (!(members instanceof Map)) return toObject(node);
  return [...members].toSorted(([a], [b]) => Number(a) - Number(b)).map(([, child]) => toValue(child));
}
