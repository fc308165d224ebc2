import type { LandfallError } from '#kit/errors.ts';
import { entriesOf, textOf, type YamlTree } from '../across/yaml-tree.ts';
import { usage } from '../console/options.ts';

/** What a section of a runbook says, with no key that nobody knows. @throws LandfallError `LF_USAGE`, as all here. */
export function mapOf(
  tree: YamlTree | undefined,
  known: readonly string[],
  file: string,
  prefix: string,
): ReadonlyMap<string, YamlTree> {
  const entries = entriesOf(tree);
  if (entries.size === 0)
    throw wrong(file, prefix === '' ? 'it is empty' : `${prefix.slice(0, -1)} is missing`);
  const unknown = [...entries.keys()].find((key) => !known.includes(key));
  if (unknown !== undefined)
    throw wrong(file, `${prefix}${unknown} means nothing; there are ${known.join(', ')}`);
  return entries;
}

export function matching(tree: YamlTree | undefined, shape: RegExp, file: string, key: string): string {
  const text = textOf(tree);
  if (shape.test(text)) return text;
  throw wrong(file, text === '' ? `${key} is missing` : `${key} cannot be ${text}`);
}

/** A list, or one text for a list of one. */
export function textsOf(tree: YamlTree | undefined, file: string, key: string): readonly string[] {
  if (tree === undefined || tree.kind === 'nil') return [];
  const texts = (tree.kind === 'list' ? tree.items : [tree]).map(textOf);
  if (texts.includes('')) throw wrong(file, `${key} has an entry that is no text`);
  return [...new Set(texts)];
}

export function wrong(file: string, cause: string): LandfallError {
  return usage(file, cause, 'docs/migration.md has a runbook to start from.');
}
