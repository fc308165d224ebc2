import { childOf, textIn, type XmlElement } from '../../aws/xml.ts';

/** A field of an item, without the blanks that a printer may put around it. */
export function fieldOf(item: XmlElement, name: string): string | undefined {
  return textIn(item, name)?.trim();
}

/** The items of a list that an element holds; EC2 nests lists (an address has tags). None where there is no such list. */
export function itemsOf(element: XmlElement | undefined, list: string): readonly XmlElement[] {
  return childOf(element, list)?.children ?? [];
}
