/**
 * Whether the client would rather have the media type `special` than `usual`, by RFC 9110 section 12.5.1: the most
 * specific matching range gives the weight. The usual wins a tie, so a missing field and the range of everything mean it.
 */
export function prefers(accept: string | undefined, special: string, usual: string): boolean {
  if (accept === undefined || accept === '*/*') return false;
  const ranges = accept.split(',', MAX_RANGES).map(parseRange);
  return weightOf(ranges, special) > weightOf(ranges, usual);
}

const MAX_RANGES = 32;

interface Range {
  readonly name: string;
  readonly weight: number;
}

function parseRange(text: string): Range {
  const [name = '', ...parameters] = text.toLowerCase().split(';');
  let weight = 1;
  for (const parameter of parameters) {
    const quality = /^\s*q\s*=\s*(\d(?:\.\d*)?)\s*$/.exec(parameter)?.[1];
    if (quality !== undefined) weight = Math.min(1, Number(quality));
  }
  return { name: name.trim(), weight };
}

function weightOf(ranges: readonly Range[], type: string): number {
  const family = `${type.split('/', 1)[0] ?? ''}/*`;
  for (const name of [type, family, '*/*']) {
    const weights = ranges.filter((range) => range.name === name).map(({ weight }) => weight);
    if (weights.length > 0) return Math.max(...weights);
  }
  return 0;
}
