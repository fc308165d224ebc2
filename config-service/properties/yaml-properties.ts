import type { Node, Pair } from 'yaml';
import { isAlias, isMap, isScalar, isSeq } from 'yaml';
import type { Steps } from '../kit/steps.ts';
import type { Entry } from './entry.ts';
import type { Findings } from './findings.ts';
import { shownKey } from './findings.ts';
import { flatten } from './flatten.ts';
import type { Member, Tree } from './tree.ts';
import { gluedPair, readYaml } from './yaml-syntax.ts';

/**
 * YAML 1.2, core schema, one document. Scalars keep their source text, null is the empty text. Anchors and aliases
 * work within bounds. Merge keys (`<<`) are YAML 1.1 and refused: a key would have a value without a line of its own,
 * and layers are how configuration inherits here.
 */
export function* parseYaml(text: string, findings: Findings): Steps<readonly Entry[]> {
  const contents = (yield* readYaml(text, findings))?.contents ?? undefined;
  yield;
  if (contents === undefined || (isScalar(contents) && contents.value === null)) return [];
  const slip =
    isScalar(contents) && contents.type === 'PLAIN' ? gluedPair(text, contents.range[0]) : undefined;
  if (slip !== undefined) {
    findings.problem(contents.range[0], slip);
    return [];
  }
  const tree = toTree({ findings, text, anchors: new Map() }, contents, 0);
  yield;
  return flatten(tree, findings);
}

interface Conversion {
  readonly findings: Findings;
  readonly text: string;
  /** In the order of the text, as an alias means the last anchor of its name before it; `open` until its end is reached. */
  readonly anchors: Map<string, Tree | 'open'>;
}

/** `offset` is used where the node has no place: an entry without a value. */
function toTree(conversion: Conversion, node: Node | null, offset: number): Tree {
  if (node === null) return { kind: 'scalar', text: '', offset };
  const at = node.range?.[0] ?? offset;
  if (isAlias(node)) return aliasTo(conversion, node.source, at);
  const anchor = isScalar(node) || isMap(node) || isSeq(node) ? node.anchor : undefined;
  if (anchor !== undefined) conversion.anchors.set(anchor, 'open');
  const tree = toBranch(conversion, node, at);
  if (anchor !== undefined) conversion.anchors.set(anchor, tree);
  return tree;
}

function toBranch(conversion: Conversion, node: Node, offset: number): Tree {
  if (isMap<Node, Node | null>(node)) {
    const members = node.items.flatMap((pair) => toMember(conversion, pair, offset));
    return { kind: 'map', members, offset };
  }
  if (isSeq<Node>(node)) {
    return { kind: 'list', items: node.items.map((item) => toTree(conversion, item, offset)), offset };
  }
  return { kind: 'scalar', text: isScalar(node) && node.value !== null ? (node.source ?? '') : '', offset };
}

function toMember(conversion: Conversion, pair: Pair<Node, Node | null>, around: number): readonly Member[] {
  const { key } = pair;
  const offset = key.range?.[0] ?? around;
  // Also remembers an anchor on the key.
  const tree = toTree(conversion, key, offset);
  const value = toTree(conversion, pair.value, offset);
  const plain = isScalar(key) && key.type === 'PLAIN';
  if (tree.kind !== 'scalar' || !isScalar(key)) {
    conversion.findings.problem(
      offset,
      'a key must be a single value, not a list, map or alias; quote texts with braces',
    );
  } else if (plain && key.source === '') {
    conversion.findings.problem(offset, 'a key is missing before the `:`');
  } else if (plain && key.source === '<<') {
    const message = 'merge keys (<<) are not YAML 1.2; write the keys out, or put them into a weaker layer';
    conversion.findings.problem(offset, message);
  } else {
    warnOfGluedPair(conversion, offset, pair.value);
    return [{ key: key.source ?? '', offset, value }];
  }
  return [];
}

/** A value that was meant to be a map: on the line of its key it may well be `host:port`, on lines of its own hardly. */
function warnOfGluedPair({ findings, text }: Conversion, offset: number, value: Node | null): void {
  const begins = isScalar(value) && value.type === 'PLAIN' ? value.range?.[0] : undefined;
  const slip = begins === undefined ? undefined : gluedPair(text, begins);
  if (begins === undefined || slip === undefined) return;
  if (findings.place(begins).line > findings.place(offset).line) findings.warning(begins, slip);
}

function aliasTo(conversion: Conversion, name: string, offset: number): Tree {
  const target = conversion.anchors.get(name);
  if (target !== undefined && target !== 'open') return { kind: 'alias', target, offset };
  const cause = target === 'open' ? 'stands inside of its own anchor' : 'has no anchor before it';
  conversion.findings.problem(offset, `the alias ${shownKey(name)} ${cause}`);
  return { kind: 'scalar', text: '', offset };
}
