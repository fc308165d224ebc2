import { createHash } from 'node:crypto';
import type { Facts } from '#config-service';
import { nearestName } from '#kit/nearest-name.ts';

export type NameKind = 'group' | 'stream';

/** The name of a log group or stream as a plan writes it, checked. */
export interface NameTemplate {
  readonly kind: NameKind;
  readonly text: string;
}

export type ReadTemplate =
  | { readonly kind: 'ok'; readonly template: NameTemplate }
  | { readonly kind: 'invalid'; readonly problem: string };

export type FilledName =
  | { readonly kind: 'filled'; readonly name: string }
  /** A tag that the instance does not carry (yet): a name without it would mix this instance with others (case 57). */
  | { readonly kind: 'waiting'; readonly placeholder: string };

const MOST_CHARS = 512;
const PLACEHOLDER = /\{([^{}]*)\}/g;
const KNOWN = [
  'region',
  'account',
  'environment',
  'role',
  'instanceId',
  'hostname',
  'privateIp',
  'date',
  'file',
  'path',
] as const;
type Known = (typeof KNOWN)[number];

const DATE = '{date}';
/** Of each event, as the date: the name of the file it lay in, and its whole path without the slash in front. */
const FILE = '{file}';
const PATH = '{path}';

const OF_EVENTS: ReadonlySet<string> = new Set([DATE, FILE, PATH]);

/** What a name may not hold (CreateLogGroup, CreateLogStream); spaces and controls are allowed in streams, and help nobody. */
const FORBIDDEN: Readonly<Record<NameKind, RegExp>> = {
  group: /[^A-Za-z0-9_\-/.#]/g,
  // oxlint-disable-next-line no-control-regex -- control characters are exactly what is looked for
  stream: /[:*\s\u0000-\u001F\u007F]/g,
};

export function readTemplate(text: string, kind: NameKind): ReadTemplate {
  for (const [whole, name = ''] of text.matchAll(PLACEHOLDER)) {
    if (isKnown(name) || /^tag:.+$/.test(name)) continue;
    const near = nearestName(name, KNOWN);
    const hint =
      near === undefined ? `known are {${KNOWN.join('} {')}} {tag:NAME}` : `did you mean {${near}}?`;
    return invalid(`there is no placeholder ${whole}; ${hint}`);
  }
  const literal = text.replaceAll(PLACEHOLDER, '');
  if (/[{}]/.test(literal)) return invalid('a brace has no partner');
  const [bad] = literal.match(FORBIDDEN[kind]) ?? [];
  if (bad !== undefined) return invalid(`the name of a ${kind} cannot hold ${JSON.stringify(bad)}`);
  if (text.trim() === '') return invalid('must not be empty');
  if (kind === 'group' && carriesFile(text)) return invalid('{file} and {path} are for streams');
  if (literal.length > MOST_CHARS)
    return invalid(`the name of a ${kind} has at most ${MOST_CHARS} characters`);
  if (kind === 'group' && text.startsWith('aws/'))
    return invalid('the name of a group must not start with aws/');
  return { kind: 'ok', template: { kind, text } };
}

/** The same for the same facts, always. `{date}`, `{file}` and `{path}` stay: they are of each event. */
export function fillTemplate({ kind, text }: NameTemplate, facts: Facts): FilledName {
  let missing: string | undefined;
  const filled = text.replaceAll(PLACEHOLDER, (whole, name: string) => {
    if (OF_EVENTS.has(whole)) return whole;
    const value = valueOf(name, facts);
    if (value === undefined || value === '') missing ??= whole;
    return (value ?? '').replaceAll(FORBIDDEN[kind], '_');
  });
  if (missing !== undefined) return { kind: 'waiting', placeholder: missing };
  if (carriesFile(filled)) return { kind: 'filled', name: filled };
  return { kind: 'filled', name: cut(kind === 'group' ? filled.replace(/^aws\//, 'aws_/') : filled) };
}

/** The day of an event in UTC, as `{date}` shows it. */
export function datedName(name: string, at: number): string {
  return name.includes(DATE) ? name.replaceAll(DATE, new Date(at).toISOString().slice(0, 10)) : name;
}

export function carriesDate(name: string): boolean {
  return name.includes(DATE);
}

/** @param path of the file, as it was called when it was written to. */
export function nameOfFile(name: string, path: string): string {
  if (!carriesFile(name)) return name;
  const file = path.slice(path.lastIndexOf('/') + 1);
  return cut(
    name.replaceAll(/\{file\}|\{path\}/g, (which) => asName(which === FILE ? file : path.replace(/^\//, ''))),
  );
}

/** Two files whose names differ in what a name may not hold stay two streams. A brace would be taken for a placeholder. */
function asName(text: string): string {
  const name = text.replaceAll(FORBIDDEN.stream, '_').replaceAll(/[{}]/g, '_');
  return name === text ? name : `${name}-${createHash('sha256').update(text).digest('hex').slice(0, 8)}`;
}

export function carriesFile(name: string): boolean {
  return name.includes(FILE) || name.includes(PATH);
}

/** Two long values that differ only behind the limit stay two names. */
function cut(name: string): string {
  const growth = (name.split(DATE).length - 1) * ('2026-11-21'.length - DATE.length);
  if (name.length + growth <= MOST_CHARS) return name;
  const mark = createHash('sha256').update(name).digest('hex').slice(0, 12);
  const tail = carriesDate(name) ? `-${DATE}` : '';
  const kept = name.replaceAll(DATE, '').slice(0, MOST_CHARS - mark.length - 1 - (tail === '' ? 0 : 11));
  // Half a surrogate pair is no character of a name.
  return `${kept.replace(/[\uD800-\uDBFF]$/, '')}-${mark}${tail}`;
}

function invalid(problem: string): ReadTemplate {
  return { kind: 'invalid', problem };
}

function isKnown(name: string): name is Known {
  return (KNOWN as readonly string[]).includes(name);
}

function valueOf(name: string, facts: Facts): string | undefined {
  if (name.startsWith('tag:')) return facts.tags.get(name.slice('tag:'.length));
  return isKnown(name) && name !== 'date' && name !== 'file' && name !== 'path' ? facts[name] : undefined;
}
