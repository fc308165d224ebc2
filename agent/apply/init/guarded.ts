import type { GuardedValue } from '#config-service';
import type { Fault } from '#kit/errors.ts';
import type { ContentGuard } from '../content-guard.ts';
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
  const findings = guard.judge(documents.flatMap(guardedValues));
  const [first] = findings;
  if (first === undefined) return undefined;
  const regions = [...new Set(findings.map((finding) => finding.region))].join(', ');
  return {
    code: 'LF_REGION_FOREIGN',
    operation: 'accept',
    subject: [...new Set(findings.map(({ key }) => key))].join(', '),
    cause: `it names ${regions}, and this instance is in ${region}; nothing of it was run`,
    hint: 'Correct the document, give each region its own in region/REGION, or allow it in plan.yaml with a reason.',
    problems: findings.map(({ key, region: foreign, text, file }) => ({
      code: 'LF_REGION_FOREIGN',
      message: `${key} names ${foreign}: ${text}`,
      ...(file !== undefined && { file }),
    })),
  };
}

/** Everything in it that can name a place, under keys such as `init.web.files./etc/motd`. */
export function guardedValues({ entry, configs }: PreparedDocument): readonly GuardedValue[] {
  const { layer, path } = entry.document;
  return configs.flatMap((config) =>
    valuesOf(config).map(([key, value]) => {
      return { key: `init.${entry.name}.${key}`, value, layer, file: `${layer}/${path}` };
    }),
  );
}

function valuesOf({
  packages,
  sources,
  files,
  commands,
}: InitConfig): readonly (readonly [string, string])[] {
  return [
    ...packages.map((each) => [`packages.${each.manager}.${each.name}`, each.versions.join('\n')] as const),
    ...sources.map((each) => [`sources.${each.folder}`, each.url] as const),
    ...files.map((each) => [`files.${each.path}`, textOf(each)] as const),
    ...commands.map((each) => [`commands.${each.name}`, stringsIn(each.attributes).join('\n')] as const),
  ];
}

/** Nothing for what is no UTF-8 text. */
function textOf({ content }: FileEntry): string {
  if (content.kind !== 'bytes') return content.kind === 'link' ? content.target : content.url;
  if (content.bytes.includes(0)) return '';
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(content.bytes);
  } catch {
    return '';
  }
}

function stringsIn(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(stringsIn);
}
