import type { Json } from '#agent/plan/json.ts';
import type { Draft } from './draft.ts';
import { Fields } from './fields.ts';
import { confdDialect } from './go-template/dialect.ts';
import { lineOf, modeOf, putTemplate, type GoTemplate } from './template-entry.ts';
import { readToml } from './toml.ts';

export interface TemplateReading {
  /** A template by the path that a resource names it; undefined when it is not found. */
  readonly templateOf: (path: string) => Promise<GoTemplate | undefined>;
  readonly hasKey: (key: string, isGroup: boolean) => boolean;
  readonly draft: Draft;
}

/** A resource of confd, `conf.d/NAME.toml`, as `template-resources.md` of kelseyhightower/confd has it. */
export async function convertConfd(file: string, text: string, reading: TemplateReading): Promise<void> {
  const { draft } = reading;
  const whole = new Fields(readToml(file, text), '', draft);
  const fields = whole.map('template');
  whole.end();
  if (!fields) return;
  const source = fields.text('src') ?? '';
  const target = fields.text('dest') ?? '';
  const dialect = confdDialect(fields.text('prefix') ?? '');
  const owner = fields.text('owner') ?? fields.text('uid');
  const group = fields.text('group') ?? fields.text('gid');
  const entry: Record<string, Json> = {
    ...modeOf(fields.text('mode')),
    ...(owner === undefined ? {} : { owner }),
    ...(group === undefined ? {} : { group }),
    ...lineOf(fields, 'check_cmd', undefined),
    ...lineOf(fields, 'reload_cmd', target),
  };
  // Landfall knows by itself which template a key is in.
  fields.take('keys');
  fields.end();
  const template = await reading.templateOf(source);
  if (!template) {
    draft.remark(
      'needs',
      fields.at('src'),
      source,
      'the template: name it beside this file, or keep it in ../templates',
    );
    return;
  }
  const path = putTemplate(target, template, { ...reading, dialect, delimiters: ['{{', '}}'] });
  draft.put('templates', target.split('/').at(-1) ?? 'file', { source: path, target, ...entry });
}
