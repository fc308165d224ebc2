import type { FaultCode, Problem } from '#kit/errors.ts';
import { isJsonObject, type Json, type JsonObject } from '../../plan/json.ts';

/** Takes a note of what is wrong at a place such as `config/files//etc/motd`. */
export type Report = (at: string, message: string, code?: ReadingCode) => void;
type ReadingCode = Extract<FaultCode, 'LF_INIT_INVALID' | 'LF_INIT_UNSUPPORTED'>;

/** All problems of a document at once: one look is enough to mend it. */
export function createReport(file: string): { readonly report: Report; readonly problems: Problem[] } {
  const problems: Problem[] = [];
  const report: Report = (at, message, code = 'LF_INIT_INVALID') => {
    problems.push({ code, message: `${at}: ${message}`, file });
  };
  return { report, problems };
}

/** The entries of a section: a map of name to object. A section that is left out has none. */
export function objectsIn(value: Json | undefined, at: string, report: Report): [string, JsonObject][] {
  return namedIn(value, at, report).flatMap(([name, entry]): [string, JsonObject][] => {
    if (isJsonObject(entry)) return [[name, entry]];
    report(`${at}/${name}`, 'is not an object');
    return [];
  });
}

export function namedIn(value: Json | undefined, at: string, report: Report): [string, Json][] {
  if (value === undefined || value === null) return [];
  if (isJsonObject(value)) return Object.entries(value);
  report(at, 'is not an object');
  return [];
}

/** What cfn-init passes over without a word is most often a misspelt name: here it is an error. */
export function onlyKnown(
  object: JsonObject,
  known: readonly string[],
  { at, report }: { at: string; report: Report },
): void {
  for (const name of Object.keys(object)) {
    if (!known.includes(name)) report(`${at}/${name}`, `is unknown here; known are ${known.join(', ')}`);
  }
}

export function textAt(object: JsonObject, name: string, at: string, report: Report): string | undefined {
  const value = object[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'string') return value;
  report(`${at}/${name}`, 'is not a string');
  return undefined;
}

/** An id, which templates write as a number or as a string. */
export function idAt(object: JsonObject, name: string, at: string, report: Report): string | undefined {
  const value = object[name];
  if (value === undefined || value === null) return undefined;
  if ((typeof value === 'string' || typeof value === 'number') && /^\d{1,10}$/.test(String(value))) {
    return String(value);
  }
  report(`${at}/${name}`, 'is not an id of digits');
  return undefined;
}

const YES = ['true', 'yes', 'y', 'on', '1'];
const NO = ['false', 'no', 'n', 'off', '0'];

/** CloudFormation hands every scalar on as a string, so `"true"` is as common as `true`. */
export function booleanAt(object: JsonObject, name: string, at: string, report: Report): boolean | undefined {
  const value = object[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'object') {
    const word = String(value).toLowerCase();
    if (YES.includes(word)) return true;
    if (NO.includes(word)) return false;
  }
  report(`${at}/${name}`, 'is neither true nor false');
  return undefined;
}

/** One string or a list of strings. */
export function textsAt(value: Json | undefined, at: string, report: Report): readonly string[] {
  if (value === undefined || value === null || value === '') return [];
  if (typeof value === 'string') return [value];
  if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value;
  report(at, 'is neither a string nor a list of strings');
  return [];
}

/** A name that goes into an argument vector: never an option. Spaces may be: `@Development Tools`. */
export function isPlainName(name: string): boolean {
  // oxlint-disable-next-line no-control-regex -- exactly these must not pass
  return name.trim() !== '' && !name.startsWith('-') && !/[\u0000-\u001f]/.test(name);
}
