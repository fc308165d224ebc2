import { nearestName } from '../../plan/nearest-name.ts';
import type { Json, JsonObject } from '../../plan/json.ts';

/** Reads a map strictly: whoever reads names each setting once, `end` reports those that nobody named. */
export interface SettingsSheet {
  has(name: string): boolean;
  /** Undefined when it is not set, or wrong and reported; `read` returns undefined for a wrong value. */
  read<T>(name: string, what: string, read: (value: Json) => T | undefined): T | undefined;
  text(name: string): string | undefined;
  flag(name: string): boolean | undefined;
  oneOf<const T extends string>(name: string, choices: readonly T[]): T | undefined;
  /** Texts; a single one is a list of one. With `choices`, each is one of them. */
  texts(name: string): readonly string[] | undefined;
  listOf<const T extends string>(name: string, choices: readonly T[]): readonly T[] | undefined;
  problem(name: string, message: string): void;
  end(): void;
}

/** @param at such as `metrics`, what messages begin with. */
export function settingsSheet(at: string, map: JsonObject, report: (message: string) => void): SettingsSheet {
  const asked = new Set<string>();
  const problem = (name: string, message: string): void => report(`${at}.${name}: ${message}`);
  const sheet: SettingsSheet = {
    has: (name) => (map[name] ?? null) !== null,
    read(name, what, read) {
      asked.add(name);
      const value = map[name] ?? null;
      if (value === null) return undefined;
      const found = read(value);
      if (found === undefined) problem(name, `must be ${what}`);
      return found;
    },
    text: (name) => sheet.read(name, 'a text that is not empty', textOf),
    flag: (name) =>
      sheet.read(name, 'true or false', (value) => (typeof value === 'boolean' ? value : undefined)),
    texts: (name) =>
      sheet.read(name, 'a list of texts', (value) => {
        const texts = (isList(value) ? value : [value]).map(textOf);
        return texts.every((text) => text !== undefined) ? texts : undefined;
      }),
    oneOf: (name, choices) => {
      const text = sheet.text(name);
      return text === undefined ? undefined : chosen(name, text, choices);
    },
    listOf: (name, choices) => sheet.texts(name)?.flatMap((text) => chosen(name, text, choices) ?? []),
    problem,
    end() {
      for (const name of Object.keys(map)) {
        if (asked.has(name)) continue;
        const near = nearestName(name, [...asked]);
        const hint = near === undefined ? `known are ${[...asked].join(', ')}` : `did you mean ${near}?`;
        problem(name, `there is no such setting; ${hint}`);
      }
    },
  };
  return sheet;

  function chosen<T extends string>(name: string, text: string, choices: readonly T[]): T | undefined {
    const found = choices.find((choice) => choice === text);
    if (found === undefined) {
      const near = nearestName(text, choices);
      problem(name, near === undefined ? `must be ${choices.join(', ')}` : `did you mean ${near}?`);
    }
    return found;
  }
}

export function isMap(value: Json): value is JsonObject {
  return typeof value === 'object' && value !== null && !isList(value);
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

function textOf(value: Json): string | undefined {
  return typeof value === 'string' && value.trim() !== '' ? value : undefined;
}
