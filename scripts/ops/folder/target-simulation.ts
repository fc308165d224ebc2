import { guardCodeOf, sentenceOf, type AllowEntry, type GuardFinding } from '#config-service';
import type { ApplyWork } from '#agent/apply/apply-work.ts';
import { foreignInTargets } from '#agent/apply/render/content-guard.ts';
import { lintTemplates, renderTargets, type RenderedTarget } from '#agent/apply/render/rendering.ts';
import type { PlanAsset, TargetEntry } from '#agent/plan/plan.ts';
import type { Problem } from '#kit/errors.ts';
import { carriageInTarget } from './carriage-returns.ts';
import type { LayersByName } from './examination.ts';
import type { Judge } from './guard-cache.ts';
import type { Part } from './simulation-part.ts';

/** Templates, files and environment files, rendered and judged as the agent does it. */
export function createTargetRehearsal(
  layers: LayersByName,
  judge: Judge,
): (work: ApplyWork, refused: readonly GuardFinding[]) => Promise<Part> {
  return async (work, refused) => {
    const { plan, next } = work;
    const { region } = next.facts;
    const { rendered, unrenderable } = await renderTargets(alone(work));
    const usedAllow = new Set<AllowEntry>();
    const problems: Problem[] = [];
    const warnings: Problem[] = [];
    for (const { entry, problems: found } of unrenderable)
      (entry.independent ? warnings : problems).push(...found);
    const known = new Set<TargetEntry>(rendered.map(({ entry }) => entry));
    warnings.push(
      ...(await lintTemplates(
        alone(work),
        plan.templates.filter((entry) => known.has(entry)),
      )),
    );
    for (const target of rendered) {
      warnings.push(...exposed(target), ...carriageInTarget(target, (one) => work.asset(one)));
      const { findings, shown } = foreignInTargets([target], {
        mode: 'enforce',
        judge: (values) => {
          const judgement = judge({ region, values, allow: plan.allow, policy: plan.strictness });
          for (const { by } of judgement.allowed) usedAllow.add(by);
          return judgement;
        },
      });
      problems.push(...findings.flatMap((finding) => foreign(finding, target, layers, refused) ?? []));
      warnings.push(...shown.flatMap((finding) => foreign(finding, target, layers, refused) ?? []));
    }
    return {
      problems,
      warnings,
      usedAllow,
      complete: unrenderable.length === 0,
      judged: rendered.flatMap(({ entry }) => fileOf(sourceOf(entry)) ?? []),
    };
  };
}

/** As the first instance of all sees it: who asks for peers has to do without any. */
function alone(work: ApplyWork): ApplyWork {
  const { plan, next } = work;
  return plan.peers ? { ...work, next: { ...next, facts: { ...next.facts, peers: [] } } } : work;
}

/** A mode of the plan by which others than the owner can read a secret; a group that the plan names is meant to. */
function exposed({ name, entry, secret }: RenderedTarget): readonly Problem[] {
  const { mode = 0, group, target, place } = entry;
  const others = (mode & 0o007) !== 0;
  if (!secret || (!others && ((mode & 0o070) === 0 || group !== undefined))) return [];
  const written = `0${mode.toString(8)}`;
  const who = others ? 'every user of the host' : 'a group that the plan does not name';
  const message = `${name}: ${target} holds a secret, and mode ${written} opens it to ${who}; write "0600", or "0640" with a group`;
  return [{ code: 'LF_SECRET_EXPOSED', message, ...place }];
}

/**
 * In its source where that names the region, else in the plan. Nothing where a value is foreign that it was rendered from:
 * that one was reported where it is written.
 */
function foreign(
  finding: GuardFinding,
  { entry }: RenderedTarget,
  layers: LayersByName,
  refused: readonly GuardFinding[],
): Problem | undefined {
  const { key, region, severity, suggestion, line } = finding;
  const source = sourceOf(entry);
  const place = source && placeIn(source, finding, layers);
  const isTold = refused.some((other) => other.region === region && other.severity === severity);
  if (place === undefined && isTold) return undefined;
  const where = place === undefined ? ` in line ${line} of ${entry.target}` : '';
  const remedy =
    place !== undefined && suggestion !== undefined && 'format' in entry
      ? `write ${suggestion.replaceAll(/\$\{@(\w+)\}/g, '{{ landfall.$1 }}')}`
      : severity === 'unknown'
        ? `name an endpoint of the region, or allow ${key} in plan.yaml: region unknown`
        : `move it to region/${region}, or allow ${key} in plan.yaml with a reason`;
  return {
    code: guardCodeOf(finding),
    message: `${key} ${sentenceOf(finding)}${where}: ${remedy}`,
    ...(place ?? entry.place),
  };
}

/** The line that names it, in the source or a template that the source may include. */
function placeIn(
  source: PlanAsset,
  { text, region }: GuardFinding,
  layers: LayersByName,
): { readonly file: string; readonly line: number } | undefined {
  const files = layers.get(source.layer)?.files ?? [];
  const candidates = [
    ...files.filter(({ path }) => path === source.path),
    ...files.filter(({ path }) => path !== source.path && path.startsWith('templates/')),
  ];
  for (const wanted of [text, region]) {
    for (const { path, bytes } of candidates) {
      const lines = Buffer.from(bytes).toString('utf8').split('\n');
      const index = lines.findIndex((line) => line.includes(wanted));
      if (index !== -1) return { file: `${source.layer}/${path}`, line: index + 1 };
    }
  }
  return undefined;
}

function sourceOf(entry: TargetEntry & { readonly source?: PlanAsset | undefined }): PlanAsset | undefined {
  return entry.source;
}

function fileOf(source: PlanAsset | undefined): string | undefined {
  return source && `${source.layer}/${source.path}`;
}
