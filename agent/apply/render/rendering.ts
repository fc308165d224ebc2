import { createHash } from 'node:crypto';
import type { Problem } from '#kit/errors.ts';
import type { PlanAsset, TargetEntry, TemplateEntry } from '../../plan/plan.ts';
import type { ApplyWork } from '../apply-work.ts';
import { environmentLines } from './environment-lines.ts';
import {
  loadTemplateEngine,
  MAX_TARGET_BYTES,
  type FindPartial,
  type TemplateEngine,
  type TemplateSource,
} from './liquid-engine.ts';
import { createTemplateScope, type TemplateScope } from './template-scope.ts';

/** One target of the plan with the bytes that belong there. */
export interface RenderedTarget {
  /** Such as `templates.nginx`. */
  readonly name: string;
  readonly entry: TargetEntry;
  /** Permission bits of a file that is new and holds no secret. */
  readonly newMode: number;
  readonly bytes: Buffer;
  /** Lower-case hex SHA-256. */
  readonly sha256: string;
  /** True when it was made with a secret. */
  readonly secret: boolean;
}

export interface UnrenderableTarget {
  readonly name: string;
  readonly entry: TargetEntry;
  readonly problems: readonly Problem[];
}

export interface Rendering {
  /** In the order of their names. */
  readonly rendered: readonly RenderedTarget[];
  readonly unrenderable: readonly UnrenderableTarget[];
}

/** All together are held in memory until they are in place. */
const MAX_TARGETS = 1000;
const MAX_TOTAL_BYTES = 128 * 1024 * 1024;

/** Gives every target its content. Reads and writes nothing on the host. */
export async function renderTargets(work: ApplyWork): Promise<Rendering> {
  const { plan, next } = work;
  const count = plan.templates.length + plan.files.length + plan.environmentFiles.length;
  const rendered: RenderedTarget[] = [];
  const unrenderable: UnrenderableTarget[] = [];
  let total = 0;
  const take = (name: string, entry: TargetEntry, newMode: number, content: Content): void => {
    const problems = content.kind === 'unrenderable' ? content.problems : limits(content.bytes, entry);
    if (content.kind === 'unrenderable' || problems.length > 0) {
      unrenderable.push({ name, entry, problems });
      return;
    }
    const { bytes, keys } = content;
    total += bytes.length;
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    rendered.push({ name, entry, newMode, bytes, sha256, secret: keys.some(work.isSecret) });
  };
  const limits = (bytes: Buffer, { place }: TargetEntry): readonly Problem[] => {
    if (count > MAX_TARGETS)
      return [problemAt(place, `a plan may have ${MAX_TARGETS} targets, this one has ${count}`)];
    if (bytes.length > MAX_TARGET_BYTES)
      return [problemAt(place, `it has ${bytes.length} bytes; a target may have ${MAX_TARGET_BYTES}`)];
    return total + bytes.length > MAX_TOTAL_BYTES
      ? [problemAt(place, `with it all targets together have more than ${MAX_TOTAL_BYTES} bytes`)]
      : [];
  };
  for (const entry of plan.environmentFiles) {
    const lines = environmentLines(next.effective, entry);
    const content = lines.kind === 'rendered' ? textContent(lines.text, lines.keys) : lines;
    take(`environmentFiles.${entry.name}`, entry, 0o640, content);
  }
  for (const entry of plan.files) {
    const content = entry.content === undefined ? copied(work, entry) : textContent(entry.content, []);
    take(`files.${entry.name}`, entry, 0o644, content);
  }
  if (plan.templates.length === 0) return { rendered, unrenderable };
  const engine = await loadTemplateEngine();
  const scope = createTemplateScope(next.effective, next.facts, engine.Drop);
  for (const entry of plan.templates) {
    take(`templates.${entry.name}`, entry, 0o644, renderOne(work, entry, engine, scope));
    // One template at a time: the API answers between two of them.
    await new Promise(setImmediate);
  }
  return { rendered, unrenderable };
}

/** Conditions that cannot be meant, of these templates, which can be rendered. */
export async function lintTemplates(
  work: ApplyWork,
  entries: readonly TemplateEntry[],
): Promise<readonly Problem[]> {
  if (entries.length === 0) return [];
  const engine = await loadTemplateEngine();
  const scope = createTemplateScope(work.next.effective, work.next.facts, engine.Drop);
  return entries.flatMap((entry) => {
    const source = templateSource(work, entry);
    return 'problem' in source ? [] : engine.lint(source, scope, work.isSecret);
  });
}

type Content =
  | { readonly kind: 'rendered'; readonly bytes: Buffer; readonly keys: readonly string[] }
  | { readonly kind: 'unrenderable'; readonly problems: readonly Problem[] };

function textContent(text: string, keys: readonly string[]): Content {
  return { kind: 'rendered', bytes: Buffer.from(text, 'utf8'), keys };
}

function copied(
  work: ApplyWork,
  { source, place }: { source: PlanAsset | undefined } & TargetEntry,
): Content {
  const file = source && work.asset(source);
  return file === undefined
    ? { kind: 'unrenderable', problems: [absent(place, source)] }
    : { kind: 'rendered', bytes: Buffer.from(file.bytes), keys: [] };
}

function renderOne(
  work: ApplyWork,
  entry: TemplateEntry,
  engine: TemplateEngine,
  scope: TemplateScope,
): Content {
  const source = templateSource(work, entry);
  if ('problem' in source) return { kind: 'unrenderable', problems: [source.problem] };
  scope.takeReads();
  const result = engine.render(source, scope.root);
  if (result.kind === 'unrenderable') return { kind: 'unrenderable', problems: [result.problem] };
  return textContent(result.text, [...scope.takeReads()]);
}

function templateSource(
  work: ApplyWork,
  { source, format, place }: TemplateEntry,
): TemplateSource | { readonly problem: Problem } {
  const text = textOfAsset(work, source);
  if (text.kind !== 'text') return { problem: text.problem ?? absent(place, source) };
  const partial: FindPartial = (path) => {
    const asset = { layer: source.layer, path: `templates/${path}` };
    const found = textOfAsset(work, asset);
    return found.kind === 'text' ? { file: fileOf(asset), text: found.text } : undefined;
  };
  return { file: fileOf(source), text: text.text, format, partial };
}

type AssetText =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'none'; readonly problem: Problem | undefined };

function textOfAsset(work: ApplyWork, asset: PlanAsset): AssetText {
  const file = work.asset(asset);
  if (file === undefined) return { kind: 'none', problem: undefined };
  try {
    return { kind: 'text', text: new TextDecoder('utf-8', { fatal: true }).decode(file.bytes) };
  } catch {
    return { kind: 'none', problem: problemAt({ file: fileOf(asset) }, 'it is not valid UTF-8') };
  }
}

function fileOf({ layer, path }: PlanAsset): string {
  return `${layer}/${path}`;
}

function absent(place: TargetEntry['place'], source: PlanAsset | undefined): Problem {
  return problemAt(place, `the layer has no file ${source === undefined ? 'for it' : `'${source.path}'`}`);
}

function problemAt(place: TargetEntry['place'], message: string): Problem {
  return { code: 'LF_TEMPLATE', message, ...place };
}
