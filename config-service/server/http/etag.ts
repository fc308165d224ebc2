import { createHash } from 'node:crypto';

/** Weak: two bodies under one tag mean the same, though `checkedAt` or `generation` may differ in them. */
export function etagOfDigest(digest: string): string {
  return `W/"${digest}"`;
}

export function etagOfValue(value: string): string {
  return `W/"${createHash('sha256').update(value).digest('hex').slice(0, 32)}"`;
}

/**
 * `If-None-Match` by weak comparison (RFC 9110 section 13.1.2): a list of tags, or `*`. A bare digest without
 * quotes is taken too, because that is what people paste.
 */
export function matchesEtag(ifNoneMatch: string | undefined, etag: string): boolean {
  if (ifNoneMatch === undefined) return false;
  if (ifNoneMatch.trim() === '*') return true;
  const wanted = opaque(etag);
  return ifNoneMatch.split(',').some((tag) => opaque(tag.trim()) === wanted);
}

/** None of our tags holds a comma or a quote, so splitting the list at commas never cuts one of ours. */
function opaque(tag: string): string {
  const strong = tag.startsWith('W/') ? tag.slice(2) : tag;
  return strong.startsWith('"') && strong.endsWith('"') && strong.length >= 2 ? strong.slice(1, -1) : strong;
}
