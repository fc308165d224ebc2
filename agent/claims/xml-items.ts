import { element } from '../aws/xml.ts';

/** One `<item>` of an EC2 answer: its own fields, and lists of items below it. */
export interface XmlItem {
  field(name: string): string | undefined;
  items(list: string): readonly XmlItem[];
}

/** The items of the first `<list>` of a document. EC2 nests lists (an address has tags), so that the first `</item>` may be that of another. */
export function itemsOf(xml: string, list: string): readonly XmlItem[] {
  const within = childrenOf(xml).find(({ name }) => name === list)?.inner;
  return within === undefined ? [] : childrenOf(within).map(({ inner }) => itemOf(inner));
}

/** What stands between `<rootResponse ...>` and its end. */
export function contentOf(xml: string): string {
  return childrenOf(xml.replace(/^\s*<\?xml[^>]*\?>/, ''))[0]?.inner ?? '';
}

function itemOf(inner: string): XmlItem {
  const children = childrenOf(inner);
  return {
    field(name) {
      const child = children.find((other) => other.name === name);
      return child && element(`<v>${child.inner}</v>`, 'v')?.trim();
    },
    items: (list) => itemsOf(inner, list),
  };
}

interface Child {
  readonly name: string;
  readonly inner: string;
}

function childrenOf(xml: string): readonly Child[] {
  const children: Child[] = [];
  let depth = 0;
  let open = { name: '', at: 0 };
  for (const tag of xml.matchAll(/<(\/?)([\w:.-]+)[^>]*?(\/?)>/g)) {
    const [whole, closing, name = '', empty] = tag;
    if (closing) {
      depth -= 1;
      if (depth === 0) children.push({ name: open.name, inner: xml.slice(open.at, tag.index) });
    } else if (empty) {
      if (depth === 0) children.push({ name, inner: '' });
    } else {
      if (depth === 0) open = { name, at: tag.index + whole.length };
      depth += 1;
    }
  }
  return children;
}
