import type { Fault } from '#kit/errors.ts';
import type { Service } from './endpoint.ts';

/** Options of one call. */
export interface CallOptions {
  readonly signal: AbortSignal;
  /** Sends the body with `Content-Encoding: gzip` when that makes it smaller. */
  readonly gzip?: boolean;
  /** Largest body of the answer, in bytes; 1 MiB when left out. */
  readonly maxBytes?: number;
}

/** What became of one call; never an exception. Callers decide by `kind` and `code`, never by the message. */
export type CallResult =
  /** 2xx. `json`: the parsed body; of a query call the XML text. */
  | { readonly kind: 'ok'; readonly json: unknown; readonly text: string }
  /** AWS answered with an error: `code` without namespace and suffix, such as `ThrottlingException`. */
  | {
      readonly kind: 'refused';
      readonly status: number;
      readonly code: string;
      readonly message: string;
      readonly class: RefusalClass;
      /** The parsed error document, when it was one. */
      readonly json: unknown;
    }
  /** No answer, or not one of AWS (a captive portal): the call may have been carried out. */
  | { readonly kind: 'failed'; readonly fault: Fault }
  /** The host guard stopped it, or there are no credentials: nothing was sent. */
  | { readonly kind: 'unsent'; readonly final: boolean; readonly fault: Fault };

/** By code and status (facts/telemetry.md, "Error classes"): `throttled` and `broken` pass by themselves. */
export type RefusalClass =
  | 'throttled'
  | 'broken'
  | 'credentials'
  | 'denied'
  | 'missing'
  | 'exists'
  | 'invalid';

/** Calls of AWS's JSON and query protocols, signed by hand, pinned to this region (docs/decisions/0002). */
export interface AwsCalls {
  /** `target` is the X-Amz-Target, such as `Logs_20140328.PutLogEvents`. */
  json(service: Service, target: string, body: unknown, options: CallOptions): Promise<CallResult>;
  /** `params` without Action and Version. */
  query(
    service: Service,
    action: string,
    params: Readonly<Record<string, string>>,
    options: CallOptions,
  ): Promise<CallResult>;
}
