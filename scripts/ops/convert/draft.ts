import type { Json, JsonObject } from '#agent/plan/json.ts';
import type { PlanNode } from '#agent/plan/plan-node.ts';

/** How much of a line of the old file the new plan has. */
export type Fate =
  /** Nothing of it. */
  | 'left out'
  /** It is there, and does something else than before in what is said. */
  | 'differs'
  /** It is there, and waits for what only its owner knows. */
  | 'needs';

export interface Remark {
  readonly fate: Fate;
  readonly file: string;
  readonly line: number;
  /** What it is about, as the old file calls it. */
  readonly what: string;
  readonly why: string;
}

type Section = Record<string, Json>;

/** A layer in the making: its plan, the files beside it, and what they do not hold of what they were made from. */
export class Draft {
  /** In the order in which a plan is read best. */
  readonly #sections = new Map<string, Section | Json[] | string>();
  readonly files = new Map<string, string>();
  readonly remarks: Remark[] = [];

  /** Puts an entry into a section under a name like `wanted` that is not taken. */
  put(section: string, wanted: string, entry: Json): string {
    const entries = this.section(section);
    const plain = wanted.replaceAll(/[^\w.-]+/g, '-').replaceAll(/^[-.]+|[-.]+$/g, '') || 'entry';
    const name = freeName(plain, (one) => Object.hasOwn(entries, one));
    entries[name] = entry;
    return name;
  }

  /** The settings of a section that has no named entries. */
  section(name: string): Section {
    const there = this.#sections.get(name);
    if (typeof there === 'object' && !Array.isArray(there)) return there;
    const fresh: Section = {};
    this.#sections.set(name, fresh);
    return fresh;
  }

  /** A file of the layer; gives the path it got. */
  file(wanted: string, text: string): string {
    const [, stem = wanted, extension = ''] = /^(.*?)((?:\.\w+)*)$/.exec(wanted) ?? [];
    const path = freeName(stem, (one) => this.files.has(`${one}${extension}`)) + extension;
    this.files.set(path, text);
    return path;
  }

  remark(fate: Fate, at: Pick<PlanNode, 'file' | 'line'>, what: string, why: string): void {
    this.remarks.push({ fate, file: at.file, line: at.line, what, why });
  }

  leave(at: Pick<PlanNode, 'file' | 'line'>, what: string, why: string): void {
    this.remark('left out', at, what, why);
  }

  get plan(): JsonObject {
    const order = [...ORDER, ...this.#sections.keys()];
    return Object.fromEntries(
      [...this.#sections].toSorted(([a], [b]) => order.indexOf(a) - order.indexOf(b)),
    ) as JsonObject;
  }
}

const ORDER: readonly string[] = ['init', 'scripts', 'templates', 'files', 'services', 'logs', 'metrics'];

function freeName(wanted: string, isTaken: (name: string) => boolean): string {
  let name = wanted;
  for (let count = 2; isTaken(name); count += 1) name = `${wanted}-${count}`;
  return name;
}
