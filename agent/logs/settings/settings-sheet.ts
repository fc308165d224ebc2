import { parseDuration } from '#kit/duration.ts';
import { nearestName } from '../../plan/nearest-name.ts';
import type { Json, JsonObject } from '../../plan/json.ts';

/** Reads one map of settings strictly: what is not asked for by its end is not known, and what is wrong is told. */
export class SettingsSheet {
  readonly #at: string;
  readonly #map: JsonObject;
  readonly #report: (message: string) => void;
  readonly #asked: string[] = [];

  /** @param at such as `logs.app`. */
  constructor(at: string, map: JsonObject, report: (message: string) => void) {
    this.#at = at;
    this.#map = map;
    this.#report = report;
  }

  has(name: string): boolean {
    return (this.#map[name] ?? null) !== null;
  }

  text(name: string): string | undefined {
    return this.#read(name, 'a text that is not empty', textOf);
  }

  /** A single text is a list of one. */
  texts(name: string): readonly string[] {
    return this.#read(name, 'a text or a list of texts', textsOf) ?? [];
  }

  /** Milliseconds. */
  duration(name: string): number | undefined {
    return this.#read(name, 'a duration such as 5s or 30d', (value) => {
      const ms =
        typeof value === 'string' || typeof value === 'number' ? parseDuration(String(value)) : undefined;
      return ms !== undefined && ms > 0 ? ms : undefined;
    });
  }

  oneOf<const T extends string>(name: string, ...choices: readonly T[]): T | undefined {
    return this.#read(name, choices.join(' or '), (value) => choices.find((choice) => choice === value));
  }

  /** `what` completes "must be". */
  value<T>(name: string, what: string, read: (value: Json) => T | undefined): T | undefined {
    return this.#read(name, what, read);
  }

  map(name: string): SettingsSheet | undefined {
    const map = this.#read(name, 'a map', (value) => (isMap(value) ? value : undefined));
    return map && new SettingsSheet(`${this.#at}.${name}`, map, this.#report);
  }

  /** Texts by name. */
  textMap(name: string): Readonly<Record<string, string>> {
    return this.#read(name, 'a map of texts', textMapOf) ?? {};
  }

  problem(name: string, message: string): void {
    this.#report(`${name === '' ? this.#at : `${this.#at}.${name}`}: ${message}`);
  }

  /** Tells of every name that nobody asked for. */
  end(): void {
    for (const name of Object.keys(this.#map)) {
      if (this.#asked.includes(name)) continue;
      const near = nearestName(name, this.#asked);
      const hint =
        near === undefined ? `known are ${this.#asked.toSorted().join(', ')}` : `did you mean ${near}?`;
      this.problem(name, `there is no such setting; ${hint}`);
    }
  }

  #read<T>(name: string, what: string, read: (value: Json) => T | undefined): T | undefined {
    this.#asked.push(name);
    const value = this.#map[name] ?? null;
    if (value === null) return undefined;
    const found = read(value);
    if (found === undefined) this.problem(name, `must be ${what}`);
    return found;
  }
}

function textOf(value: Json): string | undefined {
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' && value.trim() !== '' && !value.includes('\0') ? value : undefined;
}

function textsOf(value: Json): readonly string[] | undefined {
  const texts = (isList(value) ? value : [value]).map(textOf);
  return texts.every((text) => text !== undefined) ? texts : undefined;
}

function textMapOf(value: Json): Readonly<Record<string, string>> | undefined {
  if (!isMap(value)) return undefined;
  const pairs = Object.entries(value).flatMap(([name, of]) => {
    const text = textOf(of);
    return text === undefined ? [] : [[name, text] as const];
  });
  return pairs.length === Object.keys(value).length ? Object.fromEntries(pairs) : undefined;
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

function isMap(value: Json): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
