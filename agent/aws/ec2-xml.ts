import { element } from './xml.ts';

/** One answer to DescribeTags. */
export interface TagPage {
  readonly tags: readonly { readonly key: string; readonly value: string }[];
  /** Undefined on the last page. */
  readonly next: string | undefined;
}

/** Undefined when the document is something else, or ends early (EC2 API reference, DescribeTags). */
export function readTagPage(body: Buffer): TagPage | undefined {
  const text = body.toString('utf8');
  if (!text.includes('<DescribeTagsResponse') || !/<\/DescribeTagsResponse>\s*$/.test(text)) return undefined;
  const tags: { key: string; value: string }[] = [];
  for (const [, item = ''] of text.matchAll(/<item>([\s\S]*?)<\/item>/g)) {
    const key = element(item, 'key');
    if (key === undefined) return undefined;
    tags.push({ key, value: element(item, 'value') ?? '' });
  }
  return { tags, next: element(text, 'nextToken') || undefined };
}

/** The code of an EC2 error document; undefined when it is none. */
export function readQueryError(body: Buffer): string | undefined {
  return element(body.toString('utf8'), 'Code');
}
