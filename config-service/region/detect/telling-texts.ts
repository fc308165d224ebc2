import { tracesIn } from './detector.ts';
import { addressesIn } from './public-address.ts';

/**
 * Which of many texts have to be looked at one by one, as places in ascending order: in none of the others do `findEndpoints` or
 * `addressFindings` find anything. All are gone through as one text, for most are short and name nothing: ten thousand times a dozen
 * searches cost ten times as much.
 */
export function tellingTexts(texts: readonly string[]): readonly number[] {
  const all = texts.join(BETWEEN);
  const traces = tracesIn(all);
  if (traces === undefined) return [...texts.keys()];
  const telling: number[] = [];
  const found = [...traces, ...addressesIn(all)].toSorted((a, b) => a - b);
  let next = 0;
  let start = 0;
  for (let index = 0; index < texts.length && next < found.length; index += 1) {
    const end = start + (texts[index]?.length ?? 0);
    if ((found[next] ?? Infinity) <= end) telling.push(index);
    while ((found[next] ?? Infinity) <= end) next += 1;
    start = end + BETWEEN.length;
  }
  return telling;
}

/**
 * Ends a line and a run of base64, no program takes it for a part of a name, and nothing that stands before an address (a version's
 * name, the user of a URL) reaches over both characters.
 */
const BETWEEN = '\0\n';
