import type { ContentCache } from '../kit/content-cache.ts';
import type { ParsedFile } from '../properties/entry.ts';
import type { ParseLayerFile } from './resolve.ts';

/**
 * Parses a file once as long as `cache` remembers it. The name is part of what is remembered, for it says the format and
 * stands in every problem.
 */
export function createParseCache(parse: ParseLayerFile, cache: ContentCache<ParsedFile>): ParseLayerFile {
  return function* (path, file) {
    const id = `${file.sha256} ${path}`;
    const known = cache.find(id);
    return known ?? cache.keep(id, file.bytes.length, yield* parse(path, file));
  };
}
