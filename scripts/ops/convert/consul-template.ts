import type { Json } from '#agent/plan/json.ts';
import type { Draft } from './draft.ts';
import { Fields } from './fields.ts';
import type { TemplateReading } from './confd.ts';
import { CONSUL_DIALECT } from './go-template/dialect.ts';
import { readHcl } from './hcl.ts';
import { lineOf, modeOf, putTemplate, type GoTemplate } from './template-entry.ts';

const ELSEWHERE: Readonly<Record<string, string>> = {
  consul: 'values come from the layers: export them with `consul kv export`, and write them as properties',
  vault: 'secrets come from Secrets Manager and Parameter Store of the region (docs/secrets.md)',
  nomad: 'nothing of it is asked',
  exec: 'a program with the configuration as its environment: `landfall exec` (docs/exec.md)',
  env: 'commands get the properties as variables (docs/scripts.md)',
};

/** A file of consul-template, as `configuration.md` of hashicorp/consul-template has it. */
export async function convertConsulTemplate(
  file: string,
  text: string,
  reading: TemplateReading,
): Promise<void> {
  for (const { name, node } of readHcl(file, text)) {
    if (name === 'template') await convertTemplate(new Fields(node, 'template', reading.draft), reading);
    else {
      const why = Object.hasOwn(ELSEWHERE, name) ? ELSEWHERE[name] : undefined;
      reading.draft.leave(node, name, why ?? 'is about the other program itself');
    }
  }
}

async function convertTemplate(fields: Fields, reading: TemplateReading): Promise<void> {
  const { draft } = reading;
  const target = fields.text('destination') ?? '';
  const contents = fields.take('contents');
  const source = fields.text('source');
  const delimiters = [fields.text('left_delimiter') ?? '{{', fields.text('right_delimiter') ?? '}}'] as const;
  const entry: Record<string, Json> = {
    ...modeOf(fields.text('perms')),
    ...named(fields, 'owner', 'user'),
    ...named(fields, 'group', 'group'),
    ...commandOf(fields, draft),
  };
  for (const name of [
    'error_on_missing_key',
    'error_fatal',
    'create_dest_dirs',
    'backup',
    'wait',
    'sandbox_path',
  ])
    fields.leave(
      name,
      'a key that is missing is an error, folders are made, and a change is taken up whole or not at all',
    );
  fields.end();
  const template: GoTemplate | undefined =
    contents?.kind === 'scalar'
      ? { file: contents.file, before: contents.line, text: contents.text }
      : source === undefined
        ? undefined
        : await reading.templateOf(source);
  if (!template || target === '') {
    draft.remark(
      'needs',
      fields.node,
      source ?? 'template',
      target === '' ? 'a destination' : 'the template: name it beside this file',
    );
    return;
  }
  const path = putTemplate(target, template, { ...reading, dialect: CONSUL_DIALECT, delimiters });
  draft.put('templates', target.split('/').at(-1) ?? 'file', { source: path, target, ...entry });
}

function named(fields: Fields, ours: string, theirs: string): Record<string, string> {
  const text = fields.text(theirs);
  return text === undefined ? {} : { [ours]: text };
}

/** `command`, or `exec { command = ... }`, as the line that runs once after a change. */
function commandOf(fields: Fields, draft: Draft): Record<string, string> {
  const timeout = fields.text('command_timeout');
  const exec = fields.map('exec');
  const of = exec ?? fields;
  const command = of.take('command');
  const words =
    command?.kind === 'list'
      ? command.items.map((word) => (word.kind === 'scalar' ? word.text : ''))
      : undefined;
  const patience = timeout ?? exec?.text('timeout');
  exec?.end();
  const waits = patience !== undefined && /^\d+(ms|s|m|h)$/.test(patience) ? { timeout: patience } : {};
  if (words && words.length > 1) {
    draft.remark('differs', command ?? fields.node, 'command', 'became a line of the shell');
    return {
      reload: words.map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word}'`)).join(' '),
      ...waits,
    };
  }
  if (words) return words[0] === undefined ? {} : { reload: words[0], ...waits };
  const line = lineOf(of, 'command', undefined);
  return Object.keys(line).length > 0 ? { ...line, ...waits } : {};
}
