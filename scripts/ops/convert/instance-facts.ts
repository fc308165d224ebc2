import type { Json } from '#agent/plan/json.ts';

/**
 * Facts of the instance within a text that is not theirs: CloudFormation's pseudo parameters, between two characters of
 * the private use area until it is known what the text becomes.
 */
const FACTS: Readonly<Record<string, readonly [variable: string, fact: string]>> = {
  'AWS::Region': ['LANDFALL_REGION', 'region'],
  'AWS::AccountId': ['LANDFALL_ACCOUNT', 'account'],
  'AWS::Partition': ['LANDFALL_PARTITION', 'partition'],
};
const MARKED = /\uE000([\w:]+)\uE001/g;

/** Undefined for what no instance knows of itself. */
export function markedFact(name: string): string | undefined {
  return Object.hasOwn(FACTS, name) ? `\uE000${name}\uE001` : undefined;
}

export function factIn(value: Json): boolean {
  return JSON.stringify(value).includes('\uE000');
}

/** A Liquid template that gives the text, with the facts of the instance it is rendered on. */
export function liquidOf(text: string): string {
  return text
    .split(/(\uE000[\w:]+\uE001)/)
    .map((part) => {
      const [, name = ''] = /^\uE000([\w:]+)\uE001$/.exec(part) ?? [];
      const fact = FACTS[name]?.[1];
      if (fact !== undefined) return `{{ landfall.${fact} }}`;
      return rawLiquid(part);
    })
    .join('');
}

/** A text that Liquid leaves alone. */
export function rawLiquid(text: string): string {
  return /\{[{%]/.test(text) ? `{% raw %}${text}{% endraw %}` : text;
}

/** Null where a fact stands between single quotes: the shell would hand the name on. */
export function shellOf(line: string): string | null {
  let isQuoted = false;
  let isDouble = false;
  for (const [index, letter] of line.split('').entries()) {
    if (letter === "'" && !isDouble) isQuoted = !isQuoted;
    else if (letter === '"' && !isQuoted && line[index - 1] !== '\\') isDouble = !isDouble;
    else if (letter === '\uE000' && isQuoted) return null;
  }
  return line.replaceAll(MARKED, (_, name: string) => `\${${FACTS[name]?.[0] ?? ''}}`);
}
