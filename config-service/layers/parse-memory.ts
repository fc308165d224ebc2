import type { ContentCache } from '../kit/content-cache.ts';
import type { ParsedFile } from '../properties/entry.ts';
import type { ParseLayerFile } from './resolve.ts';

/**
 * Parses a file once as long as `cache` remembers it. The name is part of what is remembered, for it says the format and
 * stands in every problem.
 */
export function createParseMemory(parse: ParseLayerFile, cache: ContentCache<ParsedFile>): ParseLayerFile {
  return (path, file) => cache.get(`${file.sha256} ${path}`, file.bytes.length, () => parse(path, file));
}
