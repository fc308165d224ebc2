import { isJsonObject, type Json, type JsonObject } from '../../plan/json.ts';
import { booleanAt, objectsIn, onlyKnown, textAt, type Report } from './fields.ts';

/** A shell line, or an argument vector that no shell sees. */
export type Line = string | readonly [string, ...string[]];

export interface CommandEntry {
  readonly name: string;
  /** Prints the attributes below as JSON, under those that are written; then `attributes` is not whole yet. */
  readonly defaults: Line | undefined;
  readonly attributes: JsonObject;
}

/** A command whose defaults are in. */
export interface CommandAttributes {
  readonly command: Line;
  readonly test: Line | undefined;
  readonly cwd: string | undefined;
  /** Undefined: that of the agent. Else the whole environment. */
  readonly env: Readonly<Record<string, string>> | undefined;
  readonly user: string | undefined;
  readonly ignoreErrors: boolean;
}

const KNOWN = [
  'command',
  'env',
  'cwd',
  'test',
  'ignoreErrors',
  'waitAfterCompletion',
  'defaults',
  'runas',
] as const;

/** By name, which is the order they run in. */
export function readCommands(value: Json | undefined, at: string, report: Report): readonly CommandEntry[] {
  return objectsIn(value, at, report)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, attributes]) => {
      const place = `${at}/${name}`;
      const defaults = readLine(attributes['defaults'], `${place}/defaults`, report);
      // Without defaults everything is known now, and wrong now.
      if (defaults === undefined) readAttributes(attributes, place, report);
      return { name, defaults, attributes };
    });
}

export function readAttributes(
  attributes: JsonObject,
  at: string,
  report: Report,
): CommandAttributes | undefined {
  onlyKnown(attributes, KNOWN, { at, report });
  const command = readLine(attributes['command'], `${at}/command`, report);
  if (command === undefined) {
    report(at, 'has no command');
    return undefined;
  }
  return {
    command,
    test: readLine(attributes['test'], `${at}/test`, report),
    cwd: textAt(attributes, 'cwd', at, report),
    env: readEnvironment(attributes['env'], `${at}/env`, report),
    user: textAt(attributes, 'runas', at, report),
    ignoreErrors: booleanAt(attributes, 'ignoreErrors', at, report) ?? false,
  };
}

function readLine(value: Json | undefined, at: string, report: Report): Line | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'string' && value !== '') return value;
  if (Array.isArray(value)) {
    const [program, ...rest] = value.map((part: Json) =>
      typeof part === 'object' ? undefined : String(part),
    );
    if (program !== undefined && program !== '' && rest.every((part) => part !== undefined)) {
      return [program, ...rest];
    }
  }
  report(at, 'is neither a shell line nor a list of a program and its arguments');
  return undefined;
}

function readEnvironment(
  value: Json | undefined,
  at: string,
  report: Report,
): Readonly<Record<string, string>> | undefined {
  if (value === undefined || value === null) return undefined;
  if (!isJsonObject(value)) {
    report(at, 'is not an object');
    return undefined;
  }
  const entries = Object.entries(value).map(([name, text]): [string, string] => {
    const isVariable = typeof text !== 'object' && name !== '' && !name.includes('=');
    if (isVariable) return [name, String(text)];
    report(`${at}/${name}`, 'is no variable');
    return [name, ''];
  });
  // An empty one replaces nothing, as with cfn-init.
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}
