import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { childOf, readXml, textIn, type XmlElement } from '#agent/aws/xml.ts';

function read(text: string): XmlElement {
  const root = readXml(text, ['r']);
  if (typeof root === 'string') throw new Error(root);
  return root;
}

interface Printed {
  readonly element: XmlElement;
  readonly text: string;
}

/** Every way in which one and the same character may be written. */
const NAMED: ReadonlyMap<string, string> = new Map([
  ['<', '&lt;'],
  ['&', '&amp;'],
  ['>', '&gt;'],
  ['"', '&quot;'],
  ["'", '&apos;'],
]);

const character = fc.oneof(
  fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }).map((value) => ({
    value,
    text: value === '<' || value === '&' ? `&#${value.charCodeAt(0)};` : value,
  })),
  fc.constantFrom(...NAMED.keys(), 'é', '日').chain((value) => {
    const point = value.codePointAt(0) ?? 0;
    return fc
      .constantFrom(
        NAMED.get(value) ?? value,
        `&#${point};`,
        `&#x${point.toString(16)};`,
        `<![CDATA[${value}]]>`,
      )
      .map((text) => ({ value, text }));
  }),
  fc.constantFrom('<!-- <a> & -->', '<?pi <b>?>').map((text) => ({ value: '', text })),
);

const data = fc.array(character, { maxLength: 6 }).map((characters) => ({
  value: characters.map(({ value }) => value).join(''),
  text: characters.map(({ text }) => text).join(''),
}));

const name = fc.constantFrom('Key', 'a', 'b:c', 'x-1', '_y.z');
const attributes = fc.constantFrom(
  '',
  ' ',
  ' xmlns="http://s3/>"',
  "\n a='<b>' c=\"'\"".replace('<', ''),
  '\t',
);

const { tree } = fc.letrec<{ tree: Printed; leaf: Printed; branch: Printed }>((tie) => ({
  tree: fc.oneof({ maxDepth: 5 }, tie('leaf'), tie('branch')),
  leaf: fc
    .tuple(name, attributes, data)
    .map(([tag, attribute, { value, text }]) => print(tag, attribute, value, text, [])),
  branch: fc
    .tuple(name, attributes, data, fc.array(fc.tuple(tie('tree'), data), { maxLength: 3 }))
    .map(([tag, attribute, first, rest]) => {
      const inner = first.text + rest.map(([child, after]) => child.text + after.text).join('');
      const text = first.value + rest.map(([, after]) => after.value).join('');
      return print(
        tag,
        attribute,
        text,
        inner,
        rest.map(([child]) => child.element),
      );
    }),
}));

function print(
  tag: string,
  attribute: string,
  text: string,
  inner: string,
  children: readonly XmlElement[],
): Printed {
  const printed = inner === '' ? `<${tag}${attribute}/>` : `<${tag}${attribute}>${inner}</${tag} >`;
  return { element: { name: tag, text, children }, text: printed };
}

/** The same by the obvious way: for each element look for its end, counting those of its name in between. */
function naive(text: string): XmlElement[] {
  const start = /<([\w:.-]+)((?:[^>"']|"[^"]*"|'[^']*')*?)(\/?)>/.exec(text);
  if (start === null) return [];
  const [whole, tag = '', , empty] = start;
  const from = start.index + whole.length;
  if (empty) return [{ name: tag, text: '', children: [] }, ...naive(text.slice(from))];
  const edges = new RegExp(`<${tag}(?=[\\s/>])(?:[^>"']|"[^"]*"|'[^']*')*?(/?)>|</${tag}\\s*>`, 'g');
  edges.lastIndex = from;
  let depth = 1;
  for (;;) {
    const edge = edges.exec(text);
    if (edge === null) throw new Error(`no end of ${tag}`);
    if (edge[0].startsWith('</')) depth -= 1;
    else if (edge[1] === '') depth += 1;
    if (depth > 0) continue;
    const children = naive(text.slice(from, edge.index));
    return [{ name: tag, text: '', children }, ...naive(text.slice(edge.index + edge[0].length))];
  }
}

function withoutText({ name: tag, children }: XmlElement): XmlElement {
  return { name: tag, text: '', children: children.map(withoutText) };
}

describe('reading XML', () => {
  it('gives back what was printed, in whichever way XML writes it', () => {
    fc.assert(
      fc.property(tree, ({ element, text }) => {
        expect(read(`\uFEFF<?xml version="1.0"?>\n<r>${text}</r>\n`).children).toEqual([element]);
      }),
      { numRuns: 500 },
    );
  });

  it('sees the elements that a naive reader sees', () => {
    fc.assert(
      fc.property(tree, ({ text }) => {
        const plain = text.replaceAll(/<!--.*?-->|<\?.*?\?>|<!\[CDATA\[.*?\]\]>/gs, '');
        expect(withoutText(read(`<r>${plain}</r>`))).toEqual(naive(`<r>${plain}</r>`)[0]);
      }),
      { numRuns: 500 },
    );
  });

  it('calls a document that is cut anywhere behind its root truncated, never whole', () => {
    fc.assert(
      fc.property(tree, fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), ({ text }, share) => {
        const whole = `<r>${text}</r>`;
        const cut = whole.slice(0, 3 + Math.floor(share * (whole.length - 3)));
        expect(readXml(cut, ['r'])).toBe('truncated');
      }),
      { numRuns: 500 },
    );
  });

  it('finds the first of several, and none where there is none', () => {
    const root = read('<r><a>1</a><b><a>2</a></b><a>3</a></r>');
    expect(textIn(root, 'a')).toBe('1');
    expect(textIn(childOf(root, 'b'), 'a')).toBe('2');
    expect(textIn(childOf(root, 'c'), 'a')).toBeUndefined();
  });

  it.each([
    ['nothing', ''],
    ['no element', 'text'],
    ['another root', '<x></x>'],
    ['text in front', 'text<r></r>'],
    ['text behind', '<r></r>text'],
    ['two roots', '<r></r><r></r>'],
    ['an end without a beginning', '<r></a></r>'],
    ['ends in the wrong order', '<r><a><b></a></b></r>'],
    ['a document type', '<!DOCTYPE r><r></r>'],
    ['a document type inside', '<r><!ENTITY a "b"></r>'],
    ['an entity nobody knows', '<r>&nbsp;</r>'],
    ['an ampersand by itself', '<r>a & b</r>'],
    ['a reference to no character', '<r>&#x110000;</r>'],
    ['a tag inside of a tag', '<r><a <b></a></r>'],
    ['a tag without a name', '<r>< a></a></r>'],
    ['an end with attributes', '<r></r a="b">'],
    ['a web page', '<html><head><meta charset="utf-8"></head></html>'],
  ])('calls %s malformed', (_, text) => {
    expect(readXml(text, ['r'])).toBe('malformed');
  });
});

describe('six megabytes of XML that is meant to take long', () => {
  const SIZE = 6_000_000;
  const shapes: Record<string, string> = {
    'beginnings without ends': '<Contents>',
    'beginnings of different names': '<a><b><c>',
    'ends without beginnings': '</Contents>',
    'empty elements': '<a/>',
    'tags that are never closed': '<a ',
    'quotes that are never closed': '<a b="',
    'comments that are never closed': '<!--',
    'sections that are never closed': '<![CDATA[',
    instructions: '<?a?>',
    comments: '<!---->',
    'sections with text': '<![CDATA[x]]>',
    ampersands: '&',
    'references without an end': '&#1',
    references: '&lt;',
    blanks: ' ',
    'one name': 'a',
    'less than': '<',
    'greater than': '>',
    'objects that are whole': '<Contents><Key>k</Key><Size>1</Size><ETag>e</ETag></Contents>',
  };
  it.each(Object.entries(shapes))('%s: takes a fraction of a second', { timeout: 30_000 }, (_, shape) => {
    const text = `<r>${shape.repeat(SIZE / shape.length)}`;
    const startedAt = performance.now();
    for (const document of [text, `${text}</r>`, text.replace('<r>', '<r><x ')]) readXml(document, ['r']);
    // A bound, not a tolerance: what is quadratic takes minutes.
    expect(performance.now() - startedAt).toBeLessThan(10_000);
  });
});
