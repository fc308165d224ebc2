import type { LogGroup } from './log-store.ts';
import type { LogsReply } from './logs-reply.ts';

export type LogsOperation = (call: LogsCall) => LogsReply;

/** One call of the API, and what it is about. */
export interface LogsCall {
  /** Log groups of the region, by name. */
  readonly groups: Map<string, LogGroup>;
  readonly asked: Readonly<Record<string, unknown>>;
  readonly region: string;
  readonly account: string;
  readonly now: number;
}

/** Empty when it is not there, or no text. */
export function text(asked: LogsCall['asked'], name: string): string {
  const value = asked[name];
  return typeof value === 'string' ? value : '';
}

/** One page of what is given, by name. */
export function takePage<T extends { readonly name: string }>(
  all: readonly T[],
  asked: LogsCall['asked'],
): { readonly items: readonly T[]; readonly next: { readonly nextToken?: string } } {
  const sorted = all.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const start = Number(asked['nextToken'] ?? 0);
  const end = start + Math.min(Number(asked['limit'] ?? 50), 50);
  return { items: sorted.slice(start, end), next: end < sorted.length ? { nextToken: String(end) } : {} };
}
