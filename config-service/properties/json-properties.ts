import type { Node, ParseError } from 'jsonc-parser';
import { createScanner, parseTree, printParseErrorCode } from 'jsonc-parser';
import type { Steps } from '../kit/steps.ts';
import type { Entry } from './entry.ts';
import type { Findings } from './findings.ts';
import { flatten } from './flatten.ts';
import { MAX_DEPTH, MAX_TOKENS } from './limits.ts';
import type { Member, Tree } from './tree.ts';

/** JSON as RFC 8259 has it: no comments, no trailing commas. Numbers keep their source text, null is the empty text. */
export function* parseJson(text: string, findings: Findings): Steps<readonly Entry[]> {
  if (!withinBounds(text, findings)) return [];
  yield;
  const errors: ParseError[] = [];
  const root = parseTree(text, errors, { disallowComments: true, allowTrailingComma: false });
  reportSyntax(errors, findings);
  if (root === undefined || findings.failed) return [];
  yield;
  return flatten(toTree(text, root), findings);
}

// Members of the library's `SyntaxKind`, a const enum that `isolatedModules` cannot read.
const OPEN_BRACE = 1;
const CLOSE_BRACE = 2;
const OPEN_BRACKET = 3;
const CLOSE_BRACKET = 4;
const END_OF_FILE = 17;

/** The library recurses and has no limit of its own; its scanner sees exactly the brackets that the parser will see. */
function withinBounds(text: string, findings: Findings): boolean {
  const scanner = createScanner(text, true);
  let depth = 0;
  let tokens = 0;
  for (let token: number = scanner.scan(); token !== END_OF_FILE; token = scanner.scan()) {
    if (token === OPEN_BRACE || token === OPEN_BRACKET) depth += 1;
    if (token === CLOSE_BRACE || token === CLOSE_BRACKET) depth = Math.max(0, depth - 1);
    tokens += 1;
    if (depth > MAX_DEPTH) {
      findings.problem(scanner.getTokenOffset(), `nested deeper than ${MAX_DEPTH} levels`);
      return false;
    }
    if (tokens > MAX_TOKENS) {
      findings.problem(
        scanner.getTokenOffset(),
        `more than ${MAX_TOKENS} tokens in one file; split the file`,
      );
      return false;
    }
  }
  return true;
}

/** The library often reports several consequences of one mistake at one place: the first says what it is. */
function reportSyntax(errors: readonly ParseError[], findings: Findings): void {
  let last = -1;
  for (const { error, offset } of errors) {
    const name = printParseErrorCode(error);
    if (offset !== last) findings.problem(offset, SENTENCES.get(name) ?? `not valid JSON: ${name}`);
    last = offset;
  }
}

const SENTENCES: ReadonlyMap<string, string> = new Map([
  ['InvalidSymbol', 'not a JSON value; texts stand in double quotes'],
  ['InvalidNumberFormat', 'not a JSON number'],
  ['PropertyNameExpected', 'expected a key in double quotes; no comma may stand before `}`'],
  ['ValueExpected', 'expected a value'],
  ['ColonExpected', 'expected `:` after the key'],
  ['CommaExpected', 'expected `,`'],
  ['CloseBraceExpected', 'expected `}`'],
  ['CloseBracketExpected', 'expected `]`'],
  ['EndOfFileExpected', 'text after the end of the JSON value'],
  ['InvalidCommentToken', 'JSON has no comments'],
  ['UnexpectedEndOfComment', 'JSON has no comments'],
  ['UnexpectedEndOfString', 'the text that starts here has no closing quote on its line'],
  ['UnexpectedEndOfNumber', 'the number that starts here has no digits where it needs some'],
  ['InvalidUnicode', 'malformed \\u escape in this text; four hex digits follow \\u'],
  ['InvalidEscapeCharacter', 'no such escape in this text; double the backslash'],
  ['InvalidCharacter', 'a raw control character in this text; write it as \\u00XX'],
]);

/** Only called on a tree without syntax errors, where every property has its key and its value. */
function toTree(text: string, node: Node): Tree {
  const { offset } = node;
  switch (node.type) {
    case 'object':
      return {
        kind: 'map',
        members: (node.children ?? []).flatMap((child) => toMember(text, child)),
        offset,
      };
    case 'array':
      return { kind: 'list', items: (node.children ?? []).map((child) => toTree(text, child)), offset };
    case 'string':
      return { kind: 'scalar', text: String(node.value), offset };
    case 'number':
    case 'boolean':
      return { kind: 'scalar', text: text.slice(offset, offset + node.length), offset };
    case 'null':
    case 'property':
    default:
      return { kind: 'scalar', text: '', offset };
  }
}

function toMember(text: string, property: Node): readonly Member[] {
  const [key, value] = property.children ?? [];
  if (key === undefined || value === undefined) return [];
  return [{ key: String(key.value), offset: key.offset, value: toTree(text, value) }];
}
