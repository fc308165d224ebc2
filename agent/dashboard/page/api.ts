import type { Failure } from './documents.ts';

/** What an asking came to. `unreachable`: the agent, or the forwarded port before it, does not answer. */
export type Answer<T> =
  | { readonly kind: 'ok'; readonly value: T; readonly etag: string | null; readonly at: number | undefined }
  | { readonly kind: 'same' }
  | { readonly kind: 'problem'; readonly status: number; readonly failure: Failure }
  | { readonly kind: 'unreachable' };

export interface Ask {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly body?: unknown;
  readonly etag?: string | undefined;
}

const PATIENCE_MS = 20_000;

/** Of the local API that this page came from. The token lives in this object, in no address and in no storage of the browser. */
export class Api {
  #token: string | undefined;

  set token(token: string | undefined) {
    this.#token = token;
  }

  async ask<T>(path: string, { method = 'GET', body, etag }: Ask = {}): Promise<Answer<T>> {
    const headers = new Headers({ accept: 'application/json' });
    if (this.#token !== undefined) headers.set('authorization', `Bearer ${this.#token}`);
    if (etag !== undefined) headers.set('if-none-match', etag);
    try {
      const response = await fetch(path, {
        method,
        headers,
        signal: AbortSignal.timeout(PATIENCE_MS),
        credentials: 'omit',
        redirect: 'error',
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      if (response.status === 304) return { kind: 'same' };
      const document = (await response.json()) as unknown;
      const date = Date.parse(response.headers.get('date') ?? '');
      if (response.ok || response.status === 503) {
        const at = Number.isNaN(date) ? undefined : date;
        if (response.ok || isReadiness(document))
          return { kind: 'ok', value: document as T, etag: response.headers.get('etag'), at };
      }
      return { kind: 'problem', status: response.status, failure: failureOf(document, response.status) };
    } catch {
      return { kind: 'unreachable' };
    }
  }
}

/** `/readyz` answers 503 with a document of its own. */
function isReadiness(document: unknown): boolean {
  return typeof document === 'object' && document !== null && 'ready' in document;
}

/** A problem document (RFC 9457), as far as it is one. */
function failureOf(document: unknown, status: number): Failure {
  const { code, detail, hint } = (
    typeof document === 'object' && document !== null ? document : {}
  ) as Readonly<Record<string, unknown>>;
  return {
    code: typeof code === 'string' ? code : `HTTP ${status}`,
    message: typeof detail === 'string' ? detail : 'the agent refused it',
    ...(typeof hint === 'string' ? { hint } : {}),
  };
}
