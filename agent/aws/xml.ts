/** An element of a document, its attributes left out: AWS says nothing that matters in them. */
export interface XmlElement {
  readonly name: string;
  /** Character data of its own, decoded; that of elements below it is not part of it. */
  readonly text: string;
  readonly children: readonly XmlElement[];
}

/** `truncated` when the document begins as it should and does not end; `malformed` when it is something else. */
export type XmlReading = XmlElement | 'truncated' | 'malformed';

/** A full page of ListObjectsV2 has 1,000 keys with about ten elements each. */
const MAX_ELEMENTS = 100_000;

/** EC2 nests deepest, some ten elements. */
const MAX_DEPTH = 32;

/**
 * The one reader of what AWS answers in XML. Each character is looked at a bounded number of times, so that no answer takes
 * longer than its length allows, and elements are bounded in number and depth. Strict where XML 1.0 is: one root, tags
 * that match, known entities. A document type is refused: AWS sends none, an HTML page often begins with one.
 *
 * @param roots names of which the root element must have one.
 */
export function readXml(text: string, roots: readonly string[]): XmlReading {
  const open: OpenElement[] = [];
  let root: XmlElement | undefined;
  let elements = 0;
  let at = text.startsWith('\uFEFF') ? 1 : 0;
  while (at < text.length) {
    const tag = text.indexOf('<', at);
    const end = tag < 0 ? text.length : tag;
    const inner = open.at(-1);
    if (end > at) {
      const data = decodeEntities(text.slice(at, end));
      // Cut in the middle of a reference: it is no wrong one.
      if (data === undefined) return inner && tag < 0 ? 'truncated' : 'malformed';
      if (inner) inner.text.push(data);
      else if (!isBlank(data)) return 'malformed';
    }
    if (tag < 0) break;
    const token = readToken(text, tag);
    if (typeof token === 'string') return root === undefined && !inner ? 'malformed' : token;
    at = token.end;
    if (token.kind === 'data') {
      if (inner) inner.text.push(token.text);
      else if (token.text !== '') return 'malformed';
      continue;
    }
    if (token.kind !== 'close') {
      elements += 1;
      const isRoot = !inner && root === undefined && roots.includes(token.name);
      if (elements > MAX_ELEMENTS || open.length >= MAX_DEPTH || (!inner && !isRoot)) return 'malformed';
      open.push({ name: token.name, text: [], children: [] });
      if (token.kind === 'open') continue;
    }
    const closed = open.pop();
    if (closed?.name !== token.name) return 'malformed';
    const element = { name: closed.name, text: closed.text.join(''), children: closed.children };
    const parent = open.at(-1);
    if (parent) parent.children.push(element);
    else root = element;
  }
  if (open.length > 0) return 'truncated';
  return root ?? 'malformed';
}

/** The first child of that name. */
export function childOf(element: XmlElement | undefined, name: string): XmlElement | undefined {
  return element?.children.find((child) => child.name === name);
}

/** The text of the first child of that name. */
export function textIn(element: XmlElement | undefined, name: string): string | undefined {
  return childOf(element, name)?.text;
}

interface OpenElement {
  readonly name: string;
  readonly text: string[];
  readonly children: XmlElement[];
}

type Token =
  | { readonly kind: 'open' | 'close' | 'empty'; readonly name: string; readonly end: number }
  | { readonly kind: 'data'; readonly text: string; readonly end: number };

/** What begins with the `<` at `at`. Comments, instructions and the declaration are data without text. */
function readToken(text: string, at: number): Token | 'truncated' | 'malformed' {
  if (text.startsWith('<!--', at)) return readSection(text, at + 4, '-->', false);
  if (text.startsWith('<![CDATA[', at)) return readSection(text, at + 9, ']]>', true);
  if (text.startsWith('<?', at)) return readSection(text, at + 2, '?>', false);
  const isClosing = text[at + 1] === '/';
  const nameAt = at + (isClosing ? 2 : 1);
  let nameEnd = nameAt;
  while (isNameCharacter(text.charCodeAt(nameEnd))) nameEnd += 1;
  if (nameEnd === text.length) return 'truncated';
  const end = endOfTag(text, nameEnd);
  if (typeof end === 'string') return end;
  const isEmpty = text[end - 1] === '/';
  const rest = text.slice(nameEnd, isEmpty ? end - 1 : end);
  const isTag = nameEnd > nameAt && (rest === '' || isBlank(rest.slice(0, 1)));
  if (!isTag || (isClosing && (isEmpty || !isBlank(rest)))) return 'malformed';
  const kind = isClosing ? 'close' : isEmpty ? 'empty' : 'open';
  return { kind, name: text.slice(nameAt, nameEnd), end: end + 1 };
}

function readSection(text: string, from: number, mark: string, isText: boolean): Token | 'truncated' {
  const end = text.indexOf(mark, from);
  if (end < 0) return 'truncated';
  return { kind: 'data', text: isText ? text.slice(from, end) : '', end: end + mark.length };
}

/** Where the `>` of a tag is; one inside of an attribute's quotes is none. */
function endOfTag(text: string, from: number): number | 'truncated' | 'malformed' {
  for (let at = from; at < text.length; at += 1) {
    const character = text[at];
    if (character === '>') return at;
    if (character === '<') return 'malformed';
    if (character === '"' || character === "'") {
      at = text.indexOf(character, at + 1);
      if (at < 0) return 'truncated';
    }
  }
  return 'truncated';
}

/** Names of AWS are ASCII. */
function isNameCharacter(code: number): boolean {
  const isLetter = (code >= 0x41 && code <= 0x5a) || (code >= 0x61 && code <= 0x7a);
  // `-`, `.`, `0` to `9`, `:`, `_`
  return isLetter || (code >= 0x2d && code <= 0x3a && code !== 0x2f) || code === 0x5f;
}

/** XML 1.0, production S. */
function isBlank(text: string): boolean {
  return !/[^ \t\r\n]/.test(text);
}

const ENTITIES: ReadonlyMap<string, string> = new Map([
  ['lt', '<'],
  ['gt', '>'],
  ['quot', '"'],
  ['apos', "'"],
  ['amp', '&'],
]);

/** Undefined when an `&` begins no reference that XML knows. Characters that XML has no place for come as S3 writes them. */
function decodeEntities(text: string): string | undefined {
  let decoded = '';
  let from = 0;
  for (let at = text.indexOf('&'); at >= 0; at = text.indexOf('&', from)) {
    const end = text.indexOf(';', at);
    const character = end < 0 ? undefined : characterOf(text.slice(at + 1, end));
    if (character === undefined) return undefined;
    decoded += text.slice(from, at) + character;
    from = end + 1;
  }
  return decoded + text.slice(from);
}

function characterOf(name: string): string | undefined {
  if (!/^#(?:\d{1,7}|x[0-9a-fA-F]{1,6})$/.test(name)) return ENTITIES.get(name);
  const point = name.startsWith('#x') ? Number.parseInt(name.slice(2), 16) : Number(name.slice(1));
  return point <= 0x10ffff ? String.fromCodePoint(point) : undefined;
}
