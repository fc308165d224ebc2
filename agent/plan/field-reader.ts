import { parseDuration } from '#kit/duration.ts';
import type { Problem } from '#kit/errors.ts';
import type { Json } from './json.ts';
import { nearestName } from '#kit/nearest-name.ts';
import {
  isNull,
  memberOf,
  membersOf,
  plainOf,
  type PlanList,
  type PlanMap,
  type PlanNode,
} from './plan-node.ts';

/**
 * Reads one map of settings strictly: what is not asked for by its end is not known, and what is wrong is told with the file and
 * line that wrote it, whichever layer that was.
 */
export class FieldReader {
  readonly #at: string;
  readonly #map: PlanMap;
  readonly #report: (problem: Problem) => void;
  readonly #asked = new Set<string>();

  /** @param at what messages begin with, such as `logs.app`. */
  constructor(at: string, map: PlanMap, report: (problem: Problem) => void) {
    this.#at = at;
    this.#map = map;
    this.#report = report;
  }

  has(name: string): boolean {
    return memberOf(this.#map, name) !== undefined;
  }

  /** `what` completes "must be". Undefined when it is not set, or wrong and told. */
  value<T>(name: string, what: string, read: (value: Json) => T | undefined): T | undefined {
    return this.#read(name, what, (node) => read(plainOf(node)));
  }

  text(name: string): string | undefined {
    return this.#read(name, 'a text that is not empty', textOf);
  }

  /** A single text is a list of one; undefined when it is not set. */
  texts(name: string): readonly string[] | undefined {
    return this.#read(name, 'a text or a list of texts', (node) => {
      const texts = itemsOf(node).map(textOf);
      return texts.every((text) => text !== undefined) ? texts : undefined;
    });
  }

  flag(name: string): boolean | undefined {
    return this.value(name, 'true or false', (value) => (typeof value === 'boolean' ? value : undefined));
  }

  /** Milliseconds. */
  duration(name: string): number | undefined {
    return this.value(name, 'a duration such as 5s or 30d', (value) => {
      const ms =
        typeof value === 'string' || typeof value === 'number' ? parseDuration(String(value)) : undefined;
      return ms !== undefined && ms > 0 ? ms : undefined;
    });
  }

  oneOf<const T extends string>(name: string, ...choices: readonly T[]): T | undefined {
    const node = this.#ask(name);
    return node && this.#chosen(name, node, choices);
  }

  /** Those of a list that are among the choices; a single one is a list of one. */
  listOf<const T extends string>(name: string, choices: readonly T[]): readonly T[] | undefined {
    const node = this.#ask(name);
    return node && itemsOf(node).flatMap((item) => this.#chosen(name, item, choices) ?? []);
  }

  map(name: string): FieldReader | undefined {
    const map = this.#read(name, 'a map', (node) => (node.kind === 'map' ? node : undefined));
    return map && this.#below(name, map);
  }

  /** Texts by name. */
  textMap(name: string): Readonly<Record<string, string>> {
    return this.#read(name, 'a map of texts', textMapOf) ?? {};
  }

  /** Each name of a map with its value. */
  members(name: string, what: string): readonly (readonly [name: string, value: Json])[] {
    const map = this.#read(name, what, (node) => (node.kind === 'map' ? node : undefined));
    return [...(map?.members ?? [])].flatMap(([key, node]) => (isNull(node) ? [] : [[key, plainOf(node)]]));
  }

  /** What is a map or a value by itself: the map as a sheet of its own. */
  either(name: string): FieldReader | Json | undefined {
    const node = this.#ask(name);
    return node?.kind === 'map' ? this.#below(name, node) : node && plainOf(node);
  }

  /** Each item of a list, a single one being a list of one: a map as a sheet of its own, else its value. */
  items(name: string): readonly (FieldReader | Json)[] {
    const node = this.#ask(name);
    return (node ? itemsOf(node) : []).map((item, index) =>
      item.kind === 'map' ? this.#below(`${name}[${index}]`, item) : plainOf(item),
    );
  }

  /** A setting that is right elsewhere, and would do nothing here: said where it stands, and known. */
  refuse(name: string, why: string): void {
    if (this.#ask(name) !== undefined) this.problem(name, why);
  }

  /** @param name of a setting, `statsd.address` for one below, or empty for the map itself. */
  problem(name: string, message: string): void {
    this.#tell(name, message, this.#nodeAt(name));
  }

  /** Names that may stand here, though nothing asks for them now. */
  know(...names: readonly string[]): void {
    for (const name of names) this.#asked.add(name);
  }

  /** Tells of every name that nobody asked for. */
  end(): void {
    const asked = [...this.#asked];
    for (const [name, node] of this.#map.members) {
      if (this.#asked.has(name) || isNull(node)) continue;
      const near = nearestName(name, asked);
      const hint = near === undefined ? `known are ${asked.toSorted().join(', ')}` : `did you mean ${near}?`;
      this.problem(name, `there is no such setting; ${hint}`);
    }
  }

  #tell(name: string, message: string, { file, line }: PlanNode): void {
    const at = name === '' ? this.#at : `${this.#at}.${name}`;
    this.#report({ code: 'LF_PLAN_INVALID', message: `${at}: ${message}`, file, line });
  }

  #below(name: string, map: PlanMap): FieldReader {
    return new FieldReader(`${this.#at}.${name}`, map, this.#report);
  }

  #ask(name: string): PlanNode | undefined {
    this.#asked.add(name);
    return memberOf(this.#map, name);
  }

  #read<T>(name: string, what: string, read: (node: PlanNode) => T | undefined): T | undefined {
    const node = this.#ask(name);
    const found = node && read(node);
    if (node && found === undefined) this.problem(name, `must be ${what}`);
    return found;
  }

  #chosen<T extends string>(name: string, node: PlanNode, choices: readonly T[]): T | undefined {
    const text = node.kind === 'scalar' ? node.text : '';
    const found = choices.find((choice) => choice === text);
    if (found !== undefined) return found;
    const near = nearestName(text, choices);
    this.#tell(name, near === undefined ? `must be ${orList(choices)}` : `did you mean ${near}?`, node);
    return undefined;
  }

  /** The deepest node on the way that is there: a setting that is missing is missing from its map. */
  #nodeAt(name: string): PlanNode {
    let node: PlanNode = this.#map;
    for (const part of name === '' ? [] : name.split(/[.[\]]+/).filter((one) => one !== '')) {
      const next: PlanNode | undefined =
        node.kind === 'list' ? node.items[Number(part)] : memberOf(node, part);
      if (next === undefined) break;
      node = next;
    }
    return node;
  }
}

function orList(choices: readonly string[]): string {
  return choices.length === 1
    ? String(choices[0])
    : `${choices.slice(0, -1).join(', ')} or ${choices.at(-1) ?? ''}`;
}

function itemsOf(node: PlanNode): PlanList['items'] {
  return node.kind === 'list' ? node.items : [node];
}

/** As it is written: `1.10` and `0123` stay what they are. */
function textOf(node: PlanNode): string | undefined {
  if (node.kind !== 'scalar') return undefined;
  return node.text.trim() !== '' && !node.text.includes('\0') ? node.text : undefined;
}

function textMapOf(node: PlanNode): Readonly<Record<string, string>> | undefined {
  if (node.kind !== 'map') return undefined;
  const pairs = membersOf(node).map(([name, member]) => [name, textOf(member)] as const);
  const texts = pairs.flatMap(([name, text]) => (text === undefined ? [] : [[name, text] as const]));
  return texts.length === pairs.length ? Object.fromEntries(texts) : undefined;
}
