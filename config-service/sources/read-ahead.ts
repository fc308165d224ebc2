import type { Outcome } from '../kit/outcome.ts';
import { keyBelow } from './layer-folder.ts';
import { MAX_OBJECT_BYTES } from './limits.ts';
import type { GetResult, Listing, ObjectStore } from './object-store.ts';
import { POINTER_NAME } from './release-pointer.ts';
import { SMALL_TREE_KEYS } from './tree-listing.ts';

/** What the first fetch of a source asks for before it knows any layer. */
export interface ReadAhead {
  readonly prefix: string;
  readonly pointer: boolean;
  readonly tree: boolean;
  readonly signal: AbortSignal;
}

/**
 * The store, asked already for the pointer and the listing: at boot they can be on their way while the tags are still being
 * read. The first request for each gets that answer, whatever it is; all others go to the store.
 */
export function readAhead(store: ObjectStore, { prefix, pointer, tree, signal }: ReadAhead): ObjectStore {
  const pointerKey = keyBelow(prefix, POINTER_NAME);
  const root = keyBelow(prefix, '');
  let got = pointer ? unheard(store.get(pointerKey, { maxBytes: MAX_OBJECT_BYTES, signal })) : undefined;
  let listed = tree ? unheard(store.list(root, { atMost: SMALL_TREE_KEYS, signal })) : undefined;
  return {
    address: store.address,
    get: (key, options): Promise<Outcome<GetResult>> => {
      const answer = key === pointerKey && options.ifNoneMatch === undefined ? got : undefined;
      if (!answer) return store.get(key, options);
      got = undefined;
      return answer;
    },
    list: (below, options): Promise<Outcome<Listing>> => {
      const answer = below === root && options.atMost === SMALL_TREE_KEYS ? listed : undefined;
      if (!answer) return store.list(below, options);
      listed = undefined;
      return answer;
    },
  };
}

/** Nobody may come to hear that it was aborted. */
function unheard<T>(asked: Promise<T>): Promise<T> {
  asked.catch(() => {});
  return asked;
}
