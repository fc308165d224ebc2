import { LineCounter, parse as parseYaml, YAMLParseError } from 'yaml';
import type { AllowEntry, LayerContent, PlanPolicy } from '#config-service';
import type { Problem } from '#kit/errors.ts';

/** The sections of plan.yaml that decide whether a generation is accepted (CONTRACT section 7). */
interface PlanDocument {
  readonly require?: unknown;
  readonly guard?: unknown;
}

/**
 * What the plans of all layers, weakest first, ask of a generation. Required keys and allow entries add up: a stronger
 * layer can ask for more, and never silently for less.
 */
export function readPlanPolicy(layers: readonly LayerContent[]): PlanPolicy {
  const plans = layers.flatMap((layer) =>
    layer.files
      .filter(({ path }) => path === 'plan.yaml' || path === 'plan.yml')
      .map((file) => {
        return readPlan(`${layer.name}/${file.path}`, file.bytes);
      }),
  );
  return {
    require: plans.flatMap((plan) => plan.require),
    allow: plans.flatMap((plan) => plan.allow),
    problems: plans.flatMap((plan) => plan.problems),
  };
}

function readPlan(file: string, bytes: Uint8Array): PlanPolicy {
  const problems: Problem[] = [];
  const report = (message: string, line?: number): void => {
    problems.push({ code: 'LF_PLAN_INVALID', message, file, ...(line === undefined ? {} : { line }) });
  };
  const document = readDocument(bytes, report);
  return {
    require: readRequire(document.require, report),
    allow: readAllow(guardOf(document, report), report),
    problems,
  };
}

type Report = (message: string, line?: number) => void;

function readDocument(bytes: Uint8Array, report: Report): PlanDocument {
  const lines = new LineCounter();
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    const document: unknown = parseYaml(text, {
      maxAliasCount: 100,
      lineCounter: lines,
      prettyErrors: false,
    });
    if (document === null || document === undefined) return {};
    if (typeof document === 'object' && !Array.isArray(document)) return document;
    report('a plan is a map of sections');
  } catch (error) {
    if (error instanceof YAMLParseError) report(error.message, lines.linePos(error.pos[0]).line);
    else report(error instanceof Error ? error.message : String(error));
  }
  return {};
}

function readRequire(section: unknown, report: Report): readonly string[] {
  if (section === undefined || section === null) return [];
  if (Array.isArray(section) && section.every((key) => typeof key === 'string')) return section;
  report('require: must be a list of keys');
  return [];
}

function guardOf({ guard }: PlanDocument, report: Report): unknown {
  if (guard === undefined || guard === null) return undefined;
  if (typeof guard === 'object' && !Array.isArray(guard)) return 'allow' in guard ? guard.allow : undefined;
  report('guard: must be a map');
  return undefined;
}

function readAllow(section: unknown, report: Report): readonly AllowEntry[] {
  if (section === undefined || section === null) return [];
  if (!Array.isArray(section)) {
    report('guard.allow: must be a list of { key, region, reason }');
    return [];
  }
  return section.flatMap((entry: unknown, index) => {
    const { key, region, reason } = (entry ?? {}) as Partial<Record<keyof AllowEntry, unknown>>;
    if (isText(key) && isText(region) && isText(reason)) return [{ key, region, reason }];
    report(`guard.allow[${index}]: needs key, region and reason, each a text that is not empty`);
    return [];
  });
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value.trim() !== '';
}
