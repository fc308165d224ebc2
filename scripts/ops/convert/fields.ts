import { isNull, memberOf, type PlanMap, type PlanNode } from '#agent/plan/plan-node.ts';
import type { Draft } from './draft.ts';

/** The settings of one map of an old file: what nobody has taken by the end is told. */
export class Fields {
  readonly #node: PlanNode;
  readonly #at: string;
  readonly #draft: Draft;
  readonly #taken = new Set<string>();

  constructor(node: PlanNode, at: string, draft: Draft) {
    this.#node = node;
    this.#at = at;
    this.#draft = draft;
  }

  get node(): PlanNode {
    return this.#node;
  }

  take(name: string): PlanNode | undefined {
    this.#taken.add(name);
    return memberOf(this.#node, name);
  }

  /** As it is written; undefined for what is no scalar. */
  text(name: string): string | undefined {
    const node = this.take(name);
    if (node?.kind === 'scalar') return node.text;
    if (node) this.#draft.leave(node, this.path(name), 'is no text');
    return undefined;
  }

  flag(name: string): boolean {
    return this.text(name)?.toLowerCase() === 'true';
  }

  /** A list of texts, or one text. */
  texts(name: string): readonly PlanNode[] {
    const node = this.take(name);
    if (!node) return [];
    return node.kind === 'list' ? node.items : [node];
  }

  map(name: string): Fields | undefined {
    const node = this.take(name);
    if (node?.kind === 'map') return new Fields(node, this.path(name), this.#draft);
    if (node) this.#draft.leave(node, this.path(name), 'is no map');
    return undefined;
  }

  below(node: PlanNode, name: string): Fields {
    return new Fields(node, this.path(name), this.#draft);
  }

  /** Says why a setting is not carried over, where it is there. */
  leave(name: string, why: string): void {
    const node = this.take(name);
    if (node) this.#draft.leave(node, this.path(name), why);
  }

  differs(name: string, why: string): void {
    this.#draft.remark('differs', this.at(name), this.path(name), why);
  }

  /** Tells what was not taken. */
  end(why = 'there is nothing like it'): void {
    for (const [name, node] of (this.#node as PlanMap).members ?? []) {
      if (!this.#taken.has(name) && !isNull(node)) this.#draft.leave(node, this.path(name), why);
    }
  }

  at(name: string): PlanNode {
    return memberOf(this.#node, name) ?? this.#node;
  }

  path(name: string): string {
    return this.#at === '' ? name : `${this.#at}.${name}`;
  }
}
