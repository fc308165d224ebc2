import {
  countOf,
  guardCodeOf,
  guardCodeOfAll,
  roleOfFile,
  sentenceOf,
  textOfBytes,
  type GuardedValue,
  type TextRole,
} from '#config-service';
import type { Fault } from '#kit/errors.ts';
import type { ContentGuard } from '../render/content-guard.ts';
import type { InitConfig } from './config.ts';
import type { FileEntry } from './file-entry.ts';
import type { PreparedDocument } from './prepare.ts';

/** Law 4 for whatever the documents would put on the host or run there; undefined: nothing is found. */
export function foreignFault(
  documents: readonly PreparedDocument[],
  guard: ContentGuard,
  region: string,
): Fault | undefined {
  if (guard.mode === 'off') return undefined;
  const { findings } = guard.judge(documents.flatMap(guardedValues));
  if (findings.length === 0) return undefined;
  return {
    code: guardCodeOfAll(findings),
    operation: 'accept',
    subject: [...new Set(findings.map(({ key }) => key))].join(', '),
    cause: `${countOf(findings, 'value')}, and this instance is in ${region}; nothing of it was run`,
    hint: 'Correct the document, give each region its own in region/REGION, or allow it in plan.yaml with a reason.',
    problems: findings.map((finding) => ({
      code: guardCodeOf(finding),
      message: `${finding.key} ${sentenceOf(finding)}: ${finding.text}`,
      ...(finding.file !== undefined && { file: finding.file }),
    })),
  };
}

/** Everything in it that can name a place, under keys such as `init.web.files./etc/motd`. */
export function guardedValues({ entry, configs }: PreparedDocument): readonly GuardedValue[] {
  const { layer, path } = entry.document;
  return configs.flatMap((config) =>
    valuesOf(config).map(({ key, value, as }) => {
      return { key: `init.${entry.name}.${key}`, value, as, layer, file: `${layer}/${path}` };
    }),
  );
}

type Text = Pick<GuardedValue, 'key' | 'value'> & { readonly as: TextRole };

function valuesOf({ packages, sources, files, commands }: InitConfig): readonly Text[] {
  return [
    ...packages.map((each) => run(`packages.${each.manager}.${each.name}`, each.versions)),
    ...sources.map((each) => run(`sources.${each.folder}`, [each.url])),
    ...files.map(textOf),
    ...commands.map((each) => run(`commands.${each.name}`, stringsIn(each.attributes))),
  ];
}

function run(key: string, lines: readonly string[]): Text {
  return { key, value: lines.join('\n'), as: 'command' };
}

function textOf({ path, content }: FileEntry): Text {
  const key = `files.${path}`;
  if (content.kind !== 'bytes') return run(key, [content.kind === 'link' ? content.target : content.url]);
  const value = textOfBytes(content.bytes);
  return { key, value, as: roleOfFile(path, value) };
}

function stringsIn(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(stringsIn);
}
