import {
  Composer,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  Lexer,
  LineCounter,
  Parser,
  type CST,
  type Node,
} from 'yaml';
import type { LayerFile } from '#config-service';
import type { Problem } from '#kit/errors.ts';
import type { PlanMap, PlanNode, Written } from './plan-node.ts';

/** No plan is larger; the library needs some hundred bytes of memory for each byte. */
const MAX_BYTES = 1024 * 1024;

/** Values of one plan, with those that aliases repeat: the bound of "billion laughs". */
const MAX_NODES = 100_000;
const MAX_DEPTH = 50;
const TOO_DEEP = `nested deeper than ${MAX_DEPTH} levels`;

export interface PlanDocument {
  /** Undefined for a plan that says nothing, or that cannot be read. */
  readonly root: PlanMap | undefined;
  readonly problems: readonly Problem[];
}

/** One plan.yaml as YAML 1.2: syntax and places, no meaning yet. Never throws; bounded in time and memory. */
export function parsePlanDocument(layer: string, { path, bytes }: LayerFile): PlanDocument {
  const file = `${layer}/${path}`;
  if (bytes.length > MAX_BYTES) {
    return refused(file, `${bytes.length} bytes are more than the ${MAX_BYTES} a plan may have`);
  }
  const text = decode(bytes);
  if (text === undefined) return refused(file, 'it is not valid UTF-8');
  try {
    return readDocument(layer, file, text);
  } catch (error) {
    // Nothing else is known to come here. A defect of a library must refuse one plan, not end the daemon.
    return refused(file, error instanceof Excess ? error.message : 'the parser failed; report this file');
  }
}

function decode(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function readDocument(layer: string, file: string, text: string): PlanDocument {
  const lineCounter = new LineCounter();
  const lineAt = (offset: number): number => Math.max(1, lineCounter.linePos(offset).line);
  const composer = new Composer({
    prettyErrors: false,
    // Quadratic in the library; `Conversion` finds them on its way.
    uniqueKeys: false,
  });
  const tokens = boundedTokens(text, lineCounter);
  const [document, ...others] = composer.compose(tokens, true, text.length);
  if (document === undefined) return { root: undefined, problems: [] };
  // One that says nothing is a `---` at the end.
  const second = others.find(({ contents }) => !isScalar(contents) || contents.source !== '');
  if (second) return refused(file, 'a second document starts here; a plan is one', lineAt(second.range[0]));
  const problems: Problem[] = [...document.errors, ...document.warnings].map(({ message, pos }) => {
    return { code: 'LF_PLAN_INVALID', message: oneLine(message), file, line: lineAt(pos[0]) };
  });
  if (problems.length > 0 || document.contents === null) return { root: undefined, problems };
  const root = new Conversion({ layer, file }, lineAt, problems).convert(document.contents, 1, 0);
  if (root.kind === 'scalar' && root.value === null) return { root: undefined, problems };
  if (root.kind === 'map') return { root, problems };
  return refused(file, 'a plan is a map of sections');
}

class Excess extends Error {}

/** The composer recurses and takes quadratic time: it runs on nothing that is nested too deeply. */
function* boundedTokens(text: string, lineCounter: LineCounter): Generator<CST.Token> {
  const parser = new Parser(lineCounter.addNewLine);
  lineCounter.addNewLine(0);
  for (const lexeme of new Lexer().lex(text)) {
    yield* parser.next(lexeme);
    // Beside the collections, the document is on the stack, and at times a scalar.
    if (parser.stack.length > MAX_DEPTH + 2) throw new Excess(TOO_DEEP);
  }
  yield* parser.end();
}

class Conversion {
  readonly #of: Pick<Written, 'layer' | 'file'>;
  readonly #lineAt: (offset: number) => number;
  readonly #problems: Problem[];
  /** In the order of the text: an alias means the last anchor of its name before it. */
  readonly #anchors = new Map<string, Node>();
  #nodes = 0;

  constructor(of: Pick<Written, 'layer' | 'file'>, lineAt: (offset: number) => number, problems: Problem[]) {
    this.#of = of;
    this.#lineAt = lineAt;
    this.#problems = problems;
  }

  /** @param line where the node starts, unless it has a place of its own. */
  convert(node: Node | null, line: number, depth: number, itsKey?: number): PlanNode {
    this.#nodes += 1;
    if (this.#nodes > MAX_NODES) throw new Excess(`more than ${MAX_NODES} values, those of aliases counted`);
    if (depth > MAX_DEPTH) throw new Excess(TOO_DEEP);
    const at = { ...this.#of, line: itsKey ?? this.#lineOf(node, line) };
    if (isAlias(node)) {
      const target = this.#anchors.get(node.source);
      if (target !== undefined) return this.convert(target, at.line, depth + 1, at.line);
      this.#report(`the alias '${node.source}' has no anchor before it`, at.line);
    }
    if ((isScalar(node) || isMap(node) || isSeq(node)) && node.anchor !== undefined) {
      this.#anchors.set(node.anchor, node);
    }
    if (isSeq<Node>(node)) {
      return { ...at, kind: 'list', items: node.items.map((item) => this.convert(item, at.line, depth + 1)) };
    }
    if (!isMap<Node, Node | null>(node))
      return { ...at, kind: 'scalar', value: valueOf(node), text: textOf(node) };
    const members = new Map<string, PlanNode>();
    for (const { key, value } of node.items) {
      const keyLine = this.#lineOf(key, at.line);
      const name = isScalar(key) ? (key.source ?? '') : undefined;
      if (name === undefined) this.#report('a key must be a single name', keyLine);
      else if (members.has(name)) this.#report(`'${name}' stands here a second time`, keyLine);
      else members.set(name, this.convert(value, keyLine, depth + 1, keyLine));
    }
    return { ...at, kind: 'map', members };
  }

  #lineOf(node: Node | null, otherwise: number): number {
    return node?.range ? this.#lineAt(node.range[0]) : otherwise;
  }

  #report(message: string, line: number): void {
    this.#problems.push({ code: 'LF_PLAN_INVALID', message, file: this.#of.file, line });
  }
}

function valueOf(node: Node | null): null | boolean | number | string {
  const value: unknown = isScalar(node) ? node.value : null;
  return typeof value === 'boolean' || typeof value === 'number' || typeof value === 'string' ? value : null;
}

function textOf(node: Node | null): string {
  return isScalar(node) && node.value !== null ? (node.source ?? '') : '';
}

function oneLine(message: string): string {
  return message.split('\n', 1)[0] ?? message;
}

function refused(file: string, message: string, line?: number): PlanDocument {
  const place = line === undefined ? { file } : { file, line };
  return { root: undefined, problems: [{ code: 'LF_PLAN_INVALID', message, ...place }] };
}
