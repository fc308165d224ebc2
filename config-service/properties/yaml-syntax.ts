import type { Document, ParsedNode } from 'yaml';
import { Composer, CST, Lexer, Parser } from 'yaml';
import { A_STEP, type Steps } from '../kit/steps.ts';
import type { Findings } from './findings.ts';
import { MAX_DEPTH, MAX_TOKENS } from './limits.ts';

export type YamlDocument = Document.Parsed<ParsedNode>;

/**
 * The YAML 1.2 syntax tree of `text`, or undefined after every syntax error went to `findings`.
 * Bounds hold while the parser runs, not afterwards: depth, tokens, and one document a file.
 */
export function* readYaml(text: string, findings: Findings): Steps<YamlDocument | undefined> {
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
  let first: YamlDocument | undefined;
  const take = (documents: Iterable<YamlDocument>): void => {
    for (const document of documents) {
      report(document, source, findings);
      first ??= document;
    }
  };
  let left = A_STEP;
  for (const token of firstDocument(source, findings)) {
    if (token !== undefined) take(composer.next(token));
    left -= 1;
    if (left > 0) continue;
    left = A_STEP;
    yield;
  }
  take(composer.end(true, source.length));
  return findings.failed ? undefined : first;
}

function report(document: YamlDocument, source: string, findings: Findings): void {
  for (const { pos, code, message } of document.errors)
    findings.problem(pos[0], gluedPair(source, pos[0]) ?? sentenceOf(code, message));
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
function* firstDocument(source: string, findings: Findings): Generator<CST.Token | undefined> {
  let documents = 0;
  for (const token of boundedTokens(source, findings)) {
    if (token?.type === 'document') {
      documents += 1;
      if (documents > 1 && token.value === undefined) continue;
    }
    if (documents > 1 && token !== undefined && token.type !== 'comment') {
      findings.problem(token.offset, 'a second document starts here; one file holds one document');
      return;
    }
    yield token;
  }
}

/** Lexer and parser of the library are loops with a stack of their own; the stack is what bounds the depth. */
function* boundedTokens(source: string, findings: Findings): Generator<CST.Token | undefined> {
  const parser = new Parser();
  let lexemes = 0;
  for (const lexeme of new Lexer().lex(source)) {
    yield* parser.next(lexeme);
    // All of a document is one token in the end: whoever drives this is heard before.
    yield undefined;
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

/** What is wrong with a line, from `offset` on, that YAML takes for one text and its author for a key and its value. */
export function gluedPair(source: string, offset: number): string | undefined {
  const line = source.slice(offset, offset + 210);
  if (GLUED.test(line)) return 'a blank is missing after the colon: `key: value`';
  return OTHER_BLANK.test(line)
    ? 'the blank after the colon is none that YAML knows, such as NBSP; write a common one'
    : undefined;
}

/** `key:value`, the commonest slip of all. */
const GLUED = /^[\w.-]{1,200}:(?!\/\/)[^\s:]/;
/** What comes of text that is copied from a web page. */
const OTHER_BLANK = /^[\w.-]{1,200}:[^\S \t\r\n]/;

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
