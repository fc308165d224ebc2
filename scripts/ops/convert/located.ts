import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument, type Node } from 'yaml';
import type { PlanNode } from '#agent/plan/plan-node.ts';
import { LandfallError } from '#kit/errors.ts';

const MAX_NODES = 200_000;

/** Short forms of CloudFormation (`!Ref x`, `!GetAtt a.b`) as the long ones. */
const INTRINSIC =
  /^!(Ref|Condition|And|Base64|Cidr|Equals|FindInMap|GetAtt|GetAZs|If|ImportValue|Join|Not|Or|Select|Split|Sub)$/;

/** YAML 1.2 or JSON, which is YAML, with the line of everything in it. Fails with `LF_CONVERT`. */
export function readLocated(file: string, text: string): PlanNode {
  const lines = new LineCounter();
  const document = parseDocument(text.replace(/^\uFEFF/, ''), {
    lineCounter: lines,
    logLevel: 'silent',
    prettyErrors: false,
    uniqueKeys: false,
    version: '1.2',
  });
  const [error] = document.errors;
  if (error) {
    const { line } = lines.linePos(error.pos[0]);
    // What follows a colon in the library's sentences is a part of the file.
    throw unreadable(`${file}:${line}`, error.message.split(/[:\n]/, 1)[0] ?? 'it is neither YAML nor JSON');
  }
  /** The library looks for an anchor in all of the document, each time. */
  const anchors = new Map<string, Node>();
  let nodes = 0;
  const convert = (node: Node | null, line: number, depth: number, isTagged = false): PlanNode => {
    nodes += 1;
    if (nodes > MAX_NODES || depth > 64) throw unreadable(file, 'it nests or repeats itself too much');
    const at = { layer: '', file, line };
    if (isAlias(node)) return convert(anchors.get(node.source) ?? null, line, depth + 1);
    if (node?.anchor !== undefined) anchors.set(node.anchor, node);
    const tag = isTagged ? null : INTRINSIC.exec(node?.tag ?? '');
    if (tag && node) {
      const name = tag[1] === 'Ref' || tag[1] === 'Condition' ? tag[1] : `Fn::${tag[1] ?? ''}`;
      return { ...at, kind: 'map', members: new Map([[name, convert(node, line, depth + 1, true)]]) };
    }
    if (isSeq<Node>(node)) {
      return {
        ...at,
        kind: 'list',
        items: node.items.map((item) => convert(item, lineOf(item, line), depth + 1)),
      };
    }
    if (!isMap<Node, Node | null>(node))
      return { ...at, kind: 'scalar', value: valueOf(node), text: textOf(node) };
    const members = new Map<string, PlanNode>();
    for (const { key, value } of node.items) {
      const keyLine = lineOf(key, line);
      members.set(textOf(key), convert(value, keyLine, depth + 1));
    }
    return { ...at, kind: 'map', members };
  };
  const lineOf = (node: Node | null, otherwise: number): number =>
    node?.range ? Math.max(1, lines.linePos(node.range[0]).line) : otherwise;
  return convert(document.contents, 1, 0);
}

function valueOf(node: Node | null): null | boolean | number | string {
  const value: unknown = isScalar(node) ? node.value : null;
  return typeof value === 'boolean' || typeof value === 'number' || typeof value === 'string' ? value : null;
}

/** As written, so that `0644` and `1.10` stay what they are. */
function textOf(node: Node | null): string {
  if (!isScalar(node) || node.value === null) return '';
  return typeof node.value === 'string' ? node.value : (node.source ?? '');
}

export function unreadable(subject: string, cause: string): LandfallError {
  return new LandfallError({
    code: 'LF_CONVERT',
    operation: 'convert',
    subject,
    cause,
    hint: 'Nothing was converted. `--kind` says what a file is when its name and content do not.',
  });
}
