import { goDuration } from './go-duration.ts';

/** What is asked of the keys and values, as Consul reads a path and its query. */
export interface KvQuestion {
  readonly key: string;
  /** One row, its bare value, all rows below a text prefix, or names below one. */
  readonly form: 'row' | 'raw' | 'recurse' | 'keys';
  /** Of names: cut after the first one beyond the prefix; empty for whole names. */
  readonly separator: string;
  /** Undefined where nobody wants to wait. */
  readonly index: number | undefined;
  readonly waitMs: number;
  /** Empty where any will do. */
  readonly dc: string;
}

/** Default and cap of a blocking query. */
const MAX_WAIT_MS = 5 * 60_000;

/** Of the parameters only those that change the answer here are looked at: there is one server, and it is never behind itself. */
export function readKvQuestion(tail: string, search: string): KvQuestion | { readonly wrong: string } {
  const key = decoded(tail);
  if (key === undefined) return { wrong: 'the key is not valid percent-encoding' };
  const query = new URLSearchParams(search);
  // Below 0 is none that was ever given: there are clients that begin so.
  const index = query.get('index') ?? undefined;
  if (index !== undefined && !/^-?\d{1,20}$/.test(index)) return { wrong: 'Invalid index' };
  const wait = query.get('wait') ?? undefined;
  const waitMs = wait === undefined || wait === '' ? 0 : goDuration(wait);
  if (waitMs === undefined) return { wrong: 'Invalid wait time' };
  const form = FORMS.find((name) => query.has(name)) ?? 'row';
  if (key === '' && (form === 'row' || form === 'raw')) return { wrong: 'Missing key name' };
  return {
    key,
    form,
    separator: query.get('separator') ?? '',
    index: index === undefined ? undefined : Number(index),
    waitMs: waitMs === 0 ? MAX_WAIT_MS : Math.min(waitMs, MAX_WAIT_MS),
    dc: query.get('dc') ?? '',
  };
}

/** In the order in which Consul looks for them. */
const FORMS = ['keys', 'recurse', 'raw'] as const;

function decoded(text: string): string | undefined {
  if (!text.includes('%')) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
