import type { FieldReader } from '../../plan/field-reader.ts';
import { groupsOfPattern, isPath, type PatternRule } from '../text/pattern-match.ts';

const UNITS = [
  'None',
  'Count',
  'Percent',
  'Bytes',
  'Kilobytes',
  'Megabytes',
  'Gigabytes',
  'Seconds',
  'Milliseconds',
] as const;
/** Each is looked for in each line. */
const MOST_PATTERNS = 20;
/** CloudWatch takes 30 dimensions, some of which are the instance's own. */
const MOST_BY = 5;
const NAME = /^[A-Za-z0-9._-]{1,100}$/;
/** Labels of our own on `GET /metrics`. */
const RESERVED = new Set(['entry', 'pattern']);

/** `patterns: { errors: { match: "ERROR", metric: AppErrors } }`; problems go to `sheet`. */
export async function readPatterns(sheet: FieldReader): Promise<readonly PatternRule[]> {
  const names = sheet.members('patterns', 'a map of patterns').map(([name]) => name);
  const patterns = sheet.map('patterns');
  if (!patterns) return [];
  if (names.length > MOST_PATTERNS) sheet.problem('patterns', `are more than ${MOST_PATTERNS}`);
  const rules: PatternRule[] = [];
  for (const name of names) {
    const one = patterns.map(name);
    if (!NAME.test(name)) patterns.problem(name, 'a name is made of A-Z a-z 0-9 . _ -');
    const rule = one && (await readRule(name, one));
    if (rule) rules.push(rule);
  }
  patterns.end();
  return rules;
}

async function readRule(name: string, sheet: FieldReader): Promise<PatternRule | undefined> {
  const match = sheet.text('match');
  const where = Object.entries(sheet.textMap('where'));
  const value = sheet.text('value');
  const by = sheet.texts('by') ?? [];
  const metric = sheet.text('metric') ?? name;
  const unit = sheet.oneOf('unit', ...UNITS);
  sheet.end();
  const groups = match === undefined ? [] : await groupsOfPattern(match);
  if (typeof groups === 'string') {
    sheet.problem('match', `${JSON.stringify(match)} is no RE2 pattern: ${groups}`);
    return undefined;
  }
  for (const [path] of where)
    if (!isPath(path)) sheet.problem('where', `${path} is no path of JSON such as $.level`);
  const isKnown = (source: string): boolean => isPath(source) || groups.includes(source);
  const hint = 'must be a group of match such as (?P<ms>[0-9]+), or a path of JSON such as $.ms';
  if (value !== undefined && !isKnown(value)) sheet.problem('value', hint);
  if (!by.every(isKnown)) sheet.problem('by', `each ${hint}`);
  if (by.length > MOST_BY) sheet.problem('by', `at most ${MOST_BY}`);
  const labels = by.map(labelOf);
  if (labels.some((label) => RESERVED.has(label)) || new Set(labels).size < labels.length)
    sheet.problem('by', 'names twice the same, or entry or pattern, which are taken');
  if (match === undefined && where.length === 0 && value === undefined)
    sheet.problem('', 'needs match, where or a value');
  return { name, metric, match, where, value, unit: unit ?? (value === undefined ? 'Count' : 'None'), by };
}

/** What a group or path is called as a label and as a dimension: `$.http.status` is `http_status`. */
export function labelOf(source: string): string {
  return source
    .replace(/^\$\./, '')
    .replaceAll(/\W/g, '_')
    .replace(/^(?=\d)/, '_');
}
