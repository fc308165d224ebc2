import { jsonOf } from '#kit/json-text.ts';
import type { RE2JS } from 're2js';
import { simplePattern, type LinePattern } from './line-pattern.ts';

/** One entry of `patterns:`: what a line must have, and what of it is measured. */
export interface PatternRule {
  readonly name: string;
  /** Of CloudWatch. */
  readonly metric: string;
  /** RE2, with groups by name; undefined: `where` and paths alone say it. */
  readonly match: string | undefined;
  /** Fields of a line of JSON that must have these texts. */
  readonly where: readonly (readonly [path: string, text: string])[];
  /** A group or a path that holds a number; undefined: lines are counted. */
  readonly value: string | undefined;
  /** As CloudWatch calls it. */
  readonly unit: string;
  /** Groups and paths that the count is parted by. */
  readonly by: readonly string[];
}

/** A line that one pattern meets. */
export interface PatternHit {
  readonly rule: PatternRule;
  /** 1 where lines are counted. */
  readonly value: number;
  /** Values of the labels named in `by`, in its order; empty where a line has none. */
  readonly labels: readonly string[];
}

/** What a line is to all patterns of an entry; most lines are nothing to any. */
export type PatternMatch = (line: string) => readonly PatternHit[];

/** No line is looked at beyond this: what is logged is not ours, and a line may have a megabyte. */
const MOST_CHARS = 16_384;
const MOST_LABEL_CHARS = 200;
const NO_HITS: readonly PatternHit[] = [];

/**
 * Patterns of an entry as one function. The engine takes time linear in the line, whatever the pattern (RE2): there is none that
 * backtracks. Patterns were read before: they compile.
 */
export async function compilePatterns(rules: readonly PatternRule[]): Promise<PatternMatch> {
  const compiled: Compiled[] = [];
  for (const rule of rules) {
    const { match } = rule;
    const plain = match === undefined ? ANY_LINE : simplePattern(match);
    if (match === undefined || plain) compiled.push({ rule, meets: plain ?? ANY_LINE });
    else {
      // Loaded when wanted: a plain text needs no engine.
      const { RE2JS } = await import('re2js');
      compiled.push({ rule, regex: RE2JS.compile(match) });
    }
  }
  return (whole) => {
    const line = whole.length > MOST_CHARS ? whole.slice(0, MOST_CHARS) : whole;
    let hits: PatternHit[] | undefined;
    let json: unknown;
    const fieldAt = (path: string): string | undefined => textAt((json ??= jsonOfLine(whole)), path);
    for (const { rule, meets, regex } of compiled) {
      if (meets && !meets(line)) continue;
      const found = regex?.matcher(line);
      if (found && !found.find()) continue;
      if (!rule.where.every(([path, text]) => fieldAt(path) === text)) continue;
      const read = (source: string): string | undefined =>
        isPath(source) ? fieldAt(source) : (found?.group(source) ?? undefined);
      const value = rule.value === undefined ? 1 : numberOf(read(rule.value));
      if (value === undefined) continue;
      const labels = rule.by.map((source) => (read(source) ?? '').slice(0, MOST_LABEL_CHARS));
      (hits ??= []).push({ rule, value, labels });
    }
    return hits ?? NO_HITS;
  };
}

interface Compiled {
  readonly rule: PatternRule;
  /** Set for a pattern without groups, which is matched without capturing. */
  readonly meets?: LinePattern;
  readonly regex?: RE2JS;
}

const ANY_LINE: LinePattern = () => true;

/** The groups of a pattern, by name; a text says what is wrong with it. */
export async function groupsOfPattern(source: string): Promise<readonly string[] | string> {
  if (simplePattern(source)) return [];
  const { RE2JS } = await import('re2js');
  try {
    return Object.keys(RE2JS.compile(source).namedGroups());
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** `$.request.status`; anything else is the name of a group. */
export function isPath(source: string): boolean {
  return source.startsWith('$.');
}

/** Parses a line; one that is no JSON gives an object without fields. */
function jsonOfLine(line: string): unknown {
  if (line.length > 4 * MOST_CHARS || !/^\s*\{/.test(line)) return {};
  return jsonOf(line) ?? {};
}

function textAt(json: unknown, path: string): string | undefined {
  let at: unknown = json;
  for (const name of path.split('.').slice(1)) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, name)) return undefined;
    at = (at as Readonly<Record<string, unknown>>)[name];
  }
  return typeof at === 'string' || typeof at === 'number' || typeof at === 'boolean' ? String(at) : undefined;
}

function numberOf(text: string | undefined): number | undefined {
  if (text === undefined || text.trim() === '') return undefined;
  const value = Number(text);
  return Number.isFinite(value) ? value : undefined;
}
