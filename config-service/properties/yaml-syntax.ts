import type { Document, ParsedNode } from 'yaml';
import { Composer, CST, Lexer, Parser } from 'yaml';
import type { Findings } from './findings.ts';
import { MAX_DEPTH, MAX_TOKENS } from './limits.ts';

export type YamlDocument = Document.Parsed<ParsedNode>;

/**
 * The YAML 1.2 syntax tree of `text`, or undefined after every syntax error went to `findings`.
 * Bounds hold while the parser runs, not afterwards: depth, tokens, and one document a file.
 */
export function readYaml(text: string, findings: Findings): YamlDocument | undefined {
  // The library knows LF and CR LF; YAML 1.2 (5.4) also ends a line at a lone CR. Offsets stay as they are.
  const source = text.replaceAll(/\r(?!\n)/g, '\n');
  const composer = new Composer({
    version: '1.2',
    schema: 'core',
    merge: false,
    resolveKnownTags: false,
    prettyErrors: false,
    // Quadratic in the library: it compares every key with every other. `flatten` finds duplicates.
    uniqueKeys: false,
  });
  for (const document of composer.compose(firstDocument(source, findings), true, source.length)) {
    report(document, source, findings);
    if (!findings.failed) return document;
  }
  return undefined;
}

function report(document: YamlDocument, source: string, findings: Findings): void {
  for (const { pos, code, message } of document.errors)
    findings.problem(pos[0], isGluedPair(source, pos[0]) ? NO_BLANK : sentenceOf(code, message));
  for (const { pos, code, message } of document.warnings) {
    if (code === 'TAG_RESOLVE_FAILED')
      findings.problem(pos[0], 'a tag that means nothing here: quote a value that starts with "!"');
    else findings.warning(pos[0], message);
  }
}

/**
 * What the composer may see: the first document. It recurses, so it runs on nothing that is out of bounds. A `---` with nothing
 * but comments behind it says nothing: generators end files with one.
 */
function* firstDocument(source: string, findings: Findings): Generator<CST.Token> {
  let documents = 0;
  for (const token of boundedTokens(source, findings)) {
    if (token.type === 'document') {
      documents += 1;
      if (documents > 1 && token.value === undefined) continue;
    }
    if (documents > 1 && token.type !== 'comment') {
      findings.problem(token.offset, 'a second document starts here; one file holds one document');
      return;
    }
    yield token;
  }
}

/** Lexer and parser of the library are loops with a stack of their own; the stack is what bounds the depth. */
function* boundedTokens(source: string, findings: Findings): Generator<CST.Token> {
  const parser = new Parser();
  let lexemes = 0;
  for (const lexeme of new Lexer().lex(source)) {
    yield* parser.next(lexeme);
    lexemes += 1;
    if (lexemes > MAX_TOKENS) {
      findings.problem(parser.offset, `more than ${MAX_TOKENS} tokens in one file; split the file`);
      return;
    }
    // On the stack: the document, the open collections, and at times a scalar.
    if (parser.stack.length > MAX_DEPTH + 1 && parser.stack.filter(CST.isCollection).length > MAX_DEPTH) {
      findings.problem(parser.offset, `nested deeper than ${MAX_DEPTH} levels`);
      return;
    }
  }
  yield* parser.end();
}

export const NO_BLANK = 'a blank is missing after the colon: `key: value`';

/** Whether a line, from `offset` on, is `key:value`, the commonest slip of all: YAML takes it for one text. */
export function isGluedPair(source: string, offset: number): boolean {
  return /^[\w.-]{1,200}:(?!\/\/)[^\s:]/.test(source.slice(offset, offset + 210));
}

/** Sentences that say what to do, where the library's do not; the library quotes file content after `: `, which may be secret. */
function sentenceOf(code: string, message: string): string {
  return SENTENCES.get(code) ?? message.split(': ', 1)[0] ?? message;
}

const SENTENCES: ReadonlyMap<string, string> = new Map([
  ['TAB_AS_INDENT', 'a tab indents this line; YAML allows spaces only'],
  ['BLOCK_AS_IMPLICIT_KEY', 'a second `: ` in this entry; quote the value or indent what is nested'],
  ['MULTILINE_IMPLICIT_KEY', 'a key spans several lines; check the indentation or quote the value before it'],
  ['BAD_SCALAR_START', 'a plain value cannot start with this character; quote the value'],
  ['BAD_DQ_ESCAPE', 'no such escape in a double-quoted text; double the backslash or use single quotes'],
  ['KEY_OVER_1024_CHARS', 'a key is longer than 1024 characters'],
]);
