import type { Facts, Fetched, GetOptions, GetResult, LayerSource, Selection } from '#config-service';
import type { Outcome } from '#kit/outcome.ts';
import type { WriteBelow } from './release-verdict.ts';

export type ReadBelow = (name: string, options: GetOptions) => Promise<Outcome<GetResult>>;

export interface OpenedSource {
  readonly address: string;
  readonly source: LayerSource;
  readonly write?: WriteBelow;
  /** An object or a file right below the address. */
  readonly read?: ReadBelow;
}

/** For whom a configuration is selected: another scope is another configuration, not a shrunken one. */
export interface Scope {
  readonly facts: Facts;
  readonly selection: Selection;
  readonly opened: OpenedSource;
}

export function isSameScope(a: Scope, b: Scope): boolean {
  return a.opened.address === b.opened.address && signature(a) === signature(b);
}

/** Everything of the facts and the selection that can change a value. */
function signature({ facts, selection }: Scope): string {
  const { tags: _, ...named } = facts;
  return JSON.stringify([named, selection.selected, selection.skipped]);
}

/** Kept content can stand in only when it was fetched from this source for exactly the layers that apply now. */
export function covers(kept: Fetched, { opened, selection }: Scope): boolean {
  const names = kept.layers.map(({ name }) => name).join('\n');
  const sameLayers = names === selection.selected.map(({ name }) => name).join('\n');
  const roots = rootsOf(opened.address);
  return (
    sameLayers &&
    kept.layers.every(({ files }) =>
      files.every(({ object }) => roots.some((root) => object.startsWith(root))),
    )
  );
}

/** What a folder gives is called by its path, also where it is set as a URL. */
function rootsOf(address: string): readonly string[] {
  const folder = address.startsWith('file://') ? [address.slice('file://'.length)] : [];
  return [address, ...folder].map((root) => `${root.replace(/\/+$/, '')}/`);
}
