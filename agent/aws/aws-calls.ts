import type { Fault } from '#kit/errors.ts';

/** Services with a JSON protocol. */
export type JsonService = 'logs' | 'cloudwatch' | 'ssm' | 'secretsmanager' | 'dynamodb';

/** Services with the query protocol. */
export type QueryService = 'ec2' | 'autoscaling' | 'cloudformation' | 'cloudwatch';

/** Services with a REST protocol. */
export type RestService = 'appconfigdata';

/** An operation of a REST protocol: where it is, and what it takes. */
export interface RestAction {
  readonly name: string;
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly body?: unknown;
}

/** Options of one call. */
export interface CallOptions {
  readonly signal: AbortSignal;
  /**
   * Sends the body with `Content-Encoding: gzip` when that makes it smaller; for what AWS documents to take it
   * (PutMetricData, PutLogEvents). An endpoint that chokes on it is asked again without, and from then on without.
   */
  readonly gzip?: boolean;
  /**
   * Twice does no harm: reads, and calls that set what they would set again. Then a kept connection that turns out closed
   * is no failure; without it the caller hears `failed` and decides.
   */
  readonly repeatable?: boolean;
  /** Largest body of the answer, in bytes; 1 MiB when left out. */
  readonly maxBytes?: number;
}

/** What became of one call; never an exception. Callers decide by `kind` and `code`, never by the message. */
export type CallResult =
  /** 2xx. `json`: the parsed body, `{}` for an empty one; of a query call the XML text. */
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
  /** No answer, or not one of AWS (a captive portal, with its `status`): the call may have been carried out. */
  | { readonly kind: 'failed'; readonly fault: Fault; readonly status?: number }
  /** The host guard stopped it, or there are no credentials: nothing was sent. */
  | { readonly kind: 'unsent'; readonly final: boolean; readonly fault: Fault };

/** By code and status (refusal-class.ts): `throttled`, `broken` and `credentials` pass by themselves. */
export type RefusalClass =
  | 'throttled'
  | 'broken'
  | 'credentials'
  | 'denied'
  | 'missing'
  | 'exists'
  | 'invalid';

/** Result of a REST call, whose answer may be any content. */
export type RestResult =
  | Exclude<CallResult, { kind: 'ok' }>
  /** 2xx. Names of headers in lower case. */
  | { readonly kind: 'ok'; readonly headers: Readonly<Record<string, string>>; readonly body: Buffer };

/** Calls of AWS's JSON and query protocols, signed by hand, pinned to this region (docs/decisions/0002). */
export interface AwsCalls {
  /** `target` is the X-Amz-Target, such as `Logs_20140328.PutLogEvents`. A body of bytes is JSON already. */
  json(service: JsonService, target: string, body: unknown, options: CallOptions): Promise<CallResult>;
  /** `params` without Action and Version. */
  query(
    service: QueryService,
    action: string,
    params: Readonly<Record<string, string>>,
    options: CallOptions,
  ): Promise<CallResult>;
}

/** Calls of AWS's restJson protocol, the same way. */
export interface RestCalls {
  rest(service: RestService, action: RestAction, options: CallOptions): Promise<RestResult>;
}
