import { childOf, readXml, textIn } from './xml.ts';

/** One answer to DescribeTags. */
export interface TagPage {
  readonly tags: readonly { readonly key: string; readonly value: string }[];
  /** Undefined on the last page. */
  readonly next: string | undefined;
}

/** Undefined when the document is something else, or ends early (EC2 API reference, DescribeTags). */
export function readTagPage(body: Buffer): TagPage | undefined {
  const response = readXml(body.toString('utf8'), ['DescribeTagsResponse']);
  if (typeof response === 'string') return undefined;
  const tags: { key: string; value: string }[] = [];
  for (const item of childOf(response, 'tagSet')?.children ?? []) {
    const key = textIn(item, 'key');
    if (key === undefined) return undefined;
    tags.push({ key, value: textIn(item, 'value') ?? '' });
  }
  return { tags, next: textIn(response, 'nextToken') || undefined };
}
