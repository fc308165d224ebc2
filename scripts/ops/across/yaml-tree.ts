import { isAlias, isMap, isScalar, isSeq, parseAllDocuments, type Document } from 'yaml';

/**
 * A configuration with every scalar as it is written. Numbers stay text: an account id such as 012345670123 would lose its
 * zero, or be read as octal. Whether a scalar was quoted is kept, for a plain `false` or `~` is none and a quoted one is text.
 */
export type YamlTree =
  | { readonly kind: 'nil' }
  | { readonly kind: 'text'; readonly text: string; readonly isQuoted: boolean }
  | { readonly kind: 'list'; readonly items: readonly YamlTree[] }
  | { readonly kind: 'map'; readonly entries: ReadonlyMap<string, YamlTree> };

export const NIL: YamlTree = { kind: 'nil' };

const EMPTY_MAP: ReadonlyMap<string, YamlTree> = new Map();

/** What a YAML file of several documents means is its first one, as for Ruby. `cause`: why it is no YAML. */
export function readYamlTree(text: string): { readonly tree: YamlTree } | { readonly cause: string } {
  const [document] = parseAllDocuments(text, {
    schema: 'failsafe',
    merge: true,
    uniqueKeys: false,
    prettyErrors: true,
  }) as Document.Parsed[];
  if (!document) return { tree: NIL };
  const [problem] = document.errors;
  if (problem) return { cause: problem.message.split('\n')[0]?.replace(/:$/, '') ?? 'it is no YAML' };
  return { tree: treeOf(document.contents, document, 0) };
}

export function entriesOf(tree: YamlTree | undefined): ReadonlyMap<string, YamlTree> {
  return tree?.kind === 'map' ? tree.entries : EMPTY_MAP;
}

/** The text of a scalar, trimmed; empty for nothing, and for what is no scalar. */
export function textOf(tree: YamlTree | undefined): string {
  return tree?.kind === 'text' ? tree.text.trim() : '';
}

export function isNone(tree: YamlTree | undefined): boolean {
  return tree === undefined || tree.kind === 'nil' || isFalse(tree);
}

/** `false` as YAML 1.1 spells it, which is what Ruby reads. */
export function isFalse(tree: YamlTree | undefined): boolean {
  return tree?.kind === 'text' && !tree.isQuoted && /^(?:false|no|off)$/i.test(tree.text);
}

/** A reference that leads in a circle, or a bomb of them, ends here. */
const DEEPEST = 40;

function treeOf(node: unknown, document: Document.Parsed, depth: number): YamlTree {
  if (depth > DEEPEST) return NIL;
  if (isAlias(node)) return treeOf(node.resolve(document), document, depth + 1);
  if (isSeq(node))
    return { kind: 'list', items: node.items.map((item) => treeOf(item, document, depth + 1)) };
  if (isMap(node)) return { kind: 'map', entries: mapOf(node.items, document, depth) };
  if (!isScalar(node)) return NIL;
  const text = typeof node.value === 'string' ? node.value : '';
  const isQuoted = node.type !== 'PLAIN';
  return !isQuoted && /^(?:|~|null)$/i.test(text) ? NIL : { kind: 'text', text, isQuoted };
}

/** What a map says itself comes before what it merges (`<<`), wherever that stands. */
function mapOf(
  pairs: readonly { readonly key: unknown; readonly value: unknown }[],
  document: Document.Parsed,
  depth: number,
): ReadonlyMap<string, YamlTree> {
  const own = new Map<string, YamlTree>();
  const merged = new Map<string, YamlTree>();
  for (const { key, value } of pairs) {
    const name: unknown = isScalar(key) ? key.value : undefined;
    const tree = treeOf(value, document, depth + 1);
    if (typeof name === 'symbol' || name === '<<') {
      const sources = tree.kind === 'list' ? tree.items : [tree];
      for (const source of sources)
        for (const [word, there] of entriesOf(source)) if (!merged.has(word)) merged.set(word, there);
    } else own.set(typeof name === 'string' ? name : '', tree);
  }
  return new Map([...merged, ...own]);
}
