import type { Json } from '#agent/plan/json.ts';
import type { Draft } from './draft.ts';
import type { Fields } from './fields.ts';
import type { Dialect } from './go-template/dialect.ts';
import type { Delimiters } from './go-template/tokens.ts';
import { translate } from './go-template/translation.ts';

/** A Go template that was found, or written within the file that names it. */
export interface GoTemplate {
  readonly file: string;
  /** Number of lines before it in that file. */
  readonly before: number;
  readonly text: string;
}

/** The translated template as a file of the layer; its keys that have no value are told. */
export function putTemplate(
  target: string,
  template: GoTemplate,
  {
    dialect,
    delimiters,
    draft,
    hasKey,
  }: {
    dialect: Dialect;
    delimiters: Delimiters;
    draft: Draft;
    hasKey: (key: string, isGroup: boolean) => boolean;
  },
): string {
  const { text, keys, left } = translate(template.text, dialect, delimiters);
  const at = (line: number): { file: string; line: number } => ({
    file: template.file,
    line: template.before + line,
  });
  for (const { line, what, why } of left) draft.leave(at(line), what, why);
  for (const { key, line, isGroup } of keys) {
    if (!hasKey(key, isGroup))
      draft.remark(
        'needs',
        at(line),
        key,
        isGroup
          ? 'keys below it in a .properties, .yaml or .json of the layer'
          : 'a value in a .properties, .yaml or .json of the layer',
      );
  }
  const name = (target.split('/').at(-1) ?? 'file').replaceAll(/[^\w.-]+/g, '-');
  return draft.file(`templates/${name}.liquid`, text);
}

/** `mode` as a plan has it; undefined for none. */
export function modeOf(text: string | undefined): Record<string, Json> {
  if (text === undefined || !/^0?o?[0-7]{3,4}$/.test(text)) return {};
  return { mode: text.replace('o', '').padStart(4, '0') };
}

/** The paths that the old program put in place of words, as ours: what is checked is not there yet. */
export function lineOf(fields: Fields, name: string, staged: string | undefined): Record<string, string> {
  const text = fields.text(name);
  if (text === undefined || text.trim() === '') return {};
  const ours = text
    .replaceAll(/\{\{\s*\.src\s*\}\}/g, '{path}')
    .replaceAll(/\{\{\s*\.dest\s*\}\}/g, staged ?? '{path}');
  return { [name.startsWith('check') ? 'check' : 'reload']: ours };
}
