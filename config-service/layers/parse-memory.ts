import type { ParsedFile } from '../properties/entry.ts';
import type { ParseLayerFile } from './resolve.ts';

/**
 * Parses a file once as long as its content stays: a poll that changes one file reads one file. The name is part of what
 * is remembered, for it says the format and stands in every problem.
 * @param capacity how many files are remembered; the ones not asked for longest are forgotten first.
 */
export function createParseMemory(parse: ParseLayerFile, capacity: number): ParseLayerFile {
  const known = new Map<string, ParsedFile>();
  return (path, file) => {
    const id = `${file.sha256} ${path}`;
    const parsed = known.get(id) ?? parse(path, file);
    // A Map keeps the order of insertion: deleted and set again, this one is the youngest.
    known.delete(id);
    known.set(id, parsed);
    const [oldest] = known.keys();
    if (known.size > capacity && oldest !== undefined) known.delete(oldest);
    return parsed;
  };
}
