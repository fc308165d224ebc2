import { isRecord } from '../kit/is-record.ts';
import { jsonOfBytes } from '../kit/json-text.ts';

/** Whence a release came, as its publisher's machine says it; nobody proves it. */
export interface ReleaseOrigin {
  readonly by?: string;
  /** Commit of the repository that the folder lay in: 40 hex digits, or 64. */
  readonly commit?: string;
}

const MAX_NAME = 200;
const COMMIT = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;

/** For people: `by ann, commit 3f9a1c07ab12`; empty when nothing is known. */
export function describeOrigin({ by, commit }: ReleaseOrigin): string {
  return [by === undefined ? '' : `by ${by}`, commit === undefined ? '' : `commit ${commit.slice(0, 12)}`]
    .filter((part) => part !== '')
    .join(', ');
}

/** Within bounds, with fields in a fixed order; undefined when nothing is known. */
export function canonicalOrigin({ by, commit }: ReleaseOrigin): ReleaseOrigin | undefined {
  const kept = {
    ...(by === undefined || by === '' ? {} : { by: by.slice(0, MAX_NAME) }),
    ...(commit !== undefined && COMMIT.test(commit) ? { commit } : {}),
  };
  return Object.keys(kept).length === 0 ? undefined : kept;
}

/**
 * What a record in history says beside its release. Nothing that is wrong with it is a fault: no release is the worse for
 * what only people read.
 */
export function parseOrigin(bytes: Uint8Array): ReleaseOrigin {
  const document = jsonOfBytes(bytes);
  const origin = isRecord(document) && isRecord(document['origin']) ? document['origin'] : {};
  const { by, commit } = origin;
  return (
    canonicalOrigin({
      ...(typeof by === 'string' ? { by } : {}),
      ...(typeof commit === 'string' ? { commit } : {}),
    }) ?? {}
  );
}
