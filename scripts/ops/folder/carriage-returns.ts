import type { LayerFile } from '#config-service';
import type { PreparedDocument } from '#agent/apply/init/prepare.ts';
import type { RenderedTarget } from '#agent/apply/render/rendering.ts';
import type { PlanAsset } from '#agent/plan/plan.ts';
import type { Problem } from '#kit/errors.ts';

/** A script that is put in place in lines of CR LF: the system looks for an interpreter whose name ends in CR. */
export function carriageInTarget(
  { name, entry, bytes }: RenderedTarget,
  asset: (asset: PlanAsset) => LayerFile | undefined,
): readonly Problem[] {
  if (!isScriptInCrLf(Buffer.from(bytes).toString('latin1'))) return [];
  const message = `${name}: ${entry.target} becomes a script whose lines end in CR LF: it cannot be run`;
  const source = 'source' in entry ? (entry.source as PlanAsset | undefined) : undefined;
  const lines =
    source &&
    Buffer.from(asset(source)?.bytes ?? [])
      .toString('latin1')
      .split('\n');
  const index = lines?.findIndex((line) => line.endsWith('\r')) ?? -1;
  const place =
    source === undefined || index === -1
      ? entry.place
      : { file: `${source.layer}/${source.path}`, line: index + 1 };
  return [{ code: 'LF_PLAN_INVALID', message, ...place }];
}

/** The same for files and commands of an init document. */
export function carriageInDocument({ entry, configs }: PreparedDocument): readonly Problem[] {
  const file = `${entry.document.layer}/${entry.document.path}`;
  const at = (where: string, what: string): Problem => {
    return { code: 'LF_INIT_INVALID', message: `${where}: ${what}`, file };
  };
  return configs.flatMap(({ name, files, commands }) => [
    ...files.flatMap(({ path, content }) =>
      content.kind === 'bytes' && isScriptInCrLf(Buffer.from(content.bytes).toString('latin1'))
        ? [at(`${name}/files/${path}`, 'is a script whose lines end in CR LF: it cannot be run')]
        : [],
    ),
    ...commands.flatMap((command) => {
      const line = command.attributes['command'];
      return typeof line === 'string' && line.includes('\r\n')
        ? [
            at(
              `${name}/commands/${command.name}`,
              'has lines that end in CR LF, and the CR becomes a part of a word',
            ),
          ]
        : [];
    }),
  ]);
}

function isScriptInCrLf(text: string): boolean {
  return text.startsWith('#!') && text.includes('\r\n');
}
