import {
  isStoreLayer,
  type Facts,
  type Fetched,
  type GetOptions,
  type GetResult,
  type LayerSource,
  type ListedObject,
  type Selection,
} from '#config-service';
import type { Outcome } from '#kit/outcome.ts';
import type { WriteBelow } from './release-verdict.ts';

export type ReadBelow = (name: string, options: GetOptions) => Promise<Outcome<GetResult>>;

export type ListBelow = (prefix: string, signal: AbortSignal) => Promise<Outcome<readonly ListedObject[]>>;

export interface OpenedSource {
  readonly address: string;
  readonly source: LayerSource;
  readonly write?: WriteBelow;
  /** All below this, which is relative to the address, as keys are then, too. */
  readonly list?: ListBelow;
  /** An object or a file right below the address. */
  readonly read?: ReadBelow;
}

/** What a boot calls the reading of it. */
export function fetchPhase({ address }: OpenedSource): 'S3' | 'folder' {
  return address.startsWith('s3://') ? 'S3' : 'folder';
}

/** For whom a configuration is selected: another scope is another configuration, not a shrunken one. */
export interface Scope {
  readonly facts: Facts;
  readonly selection: Selection;
  readonly opened: OpenedSource;
  /** The tags that a value may hang on; see `NamedFacts`. */
  readonly namedTags?: string;
}

export function isSameScope(a: Scope, b: Scope): boolean {
  return a.opened.address === b.opened.address && signature(a) === signature(b);
}

/** Everything of the facts and the selection that can change a value. Who else is online changes none: see `isSameBasis`. */
function signature({ facts, selection, namedTags }: Scope): string {
  const { tags: _, peers: __, ...named } = facts;
  return JSON.stringify([named, selection.selected, selection.skipped, namedTags]);
}

/** Kept content can stand in only when it was fetched from this source for exactly the layers that apply now. */
export function covers(kept: Fetched, { opened, selection }: Scope): boolean {
  const names = kept.layers.map(({ name }) => name).join('\n');
  const sameLayers = names === selection.selected.map(({ name }) => name).join('\n');
  const roots = rootsOf(opened.address);
  return (
    sameLayers &&
    // A store's layer is called by its address: the same name is the same place.
    kept.layers.every(
      ({ name, files }) =>
        isStoreLayer(name) || files.every(({ object }) => roots.some((root) => object.startsWith(root))),
    )
  );
}

/** What a folder gives is called by its path, also where it is set as a URL. */
function rootsOf(address: string): readonly string[] {
  const folder = address.startsWith('file://') ? [address.slice('file://'.length)] : [];
  return [address, ...folder].map((root) => `${root.replace(/\/+$/, '')}/`);
}
