import type { Clock } from '#kit/clock.ts';
import type { Fail, Retry } from '#kit/outcome.ts';
import type { RefusalClass } from './aws-calls.ts';
import type { CredentialSource } from './credentials.ts';
import type { Service } from './endpoint.ts';
import type { HttpAnswer, HttpFailure } from './http.ts';
import type { Pin } from './pin.ts';
import { renderQuery, signRequest } from './signer.ts';
import type { Forbidden, Transport } from './transport.ts';

/** A request of any protocol of AWS, before it is signed. */
export interface UnsignedCall {
  readonly service: Service;
  readonly method: 'GET' | 'POST' | 'PUT';
  readonly origin: URL;
  /** Escaped, without a query. */
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  /** Most bytes that the body of the answer may have. */
  readonly maxBytes: number;
  /** A POST that does no harm when it is carried out twice. */
  readonly repeatable?: boolean;
  readonly signal: AbortSignal;
}

export type Sent =
  | HttpAnswer
  | HttpFailure
  | Forbidden
  /** There are no credentials: nothing was sent. */
  | { readonly kind: 'unsigned'; readonly held: Retry | Fail };

/**
 * The one way from this process to AWS, whatever the protocol: credentials, the time of AWS, signature, host guard, one
 * request. What protocols make of an answer is theirs; whether to ask again is the caller's.
 */
export interface SignedSender {
  readonly pin: Pin;
  send(call: UnsignedCall): Promise<Sent>;
  /** A protocol read a refusal: what it says of the credentials, and of the clock that the request was signed by. */
  onRefused(refusal: RefusalClass, answer: HttpAnswer): void;
}

export interface SignedSenderParts {
  readonly pin: Pin;
  readonly credentials: CredentialSource;
  readonly transport: Transport;
  readonly clock: Clock;
}

export function createSignedSender({ pin, credentials, transport, clock }: SignedSenderParts): SignedSender {
  // Of all services together: what one of them says of the time holds for the others.
  const signing = createSigningClock(clock);
  return {
    pin,

    send: async ({ service, method, origin, path, query, maxBytes, repeatable = false, signal, ...call }) => {
      const held = await credentials.get(signal);
      if (held.kind !== 'ok') return { kind: 'unsigned', held };
      const body = call.body && { body: call.body };
      const headers = await signRequest(
        service,
        { method, host: origin.host, path, query, headers: call.headers, ...body },
        held.value,
        pin.region,
        new Date(signing.now()),
      );
      const search = renderQuery(query);
      return transport.send({
        ...(method === 'POST' && { method }),
        repeatable,
        origin,
        path: search === '' ? path : `${path}?${search}`,
        headers,
        ...body,
        maxBytes,
        signal,
      });
    },

    onRefused: (refusal, { headers }) => {
      if (refusal === 'denied') credentials.doubt();
      if (refusal !== 'credentials') return;
      credentials.invalidate();
      signing.onRefused(headers['date']);
    },
  };
}

/** What AWS takes for the time, as far as it has said so. */
interface SigningClock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** A signature was refused, with this `Date` header. */
  onRefused(date: string | undefined): void;
}

/**
 * A signature is good for five minutes around the time of AWS (Signature Version 4, "Elements of a request"). Less than this is
 * no reason for a refusal, and the host's own clock the better one.
 */
const TOLERATED_MS = 60_000;

/**
 * The host's clock, corrected once AWS refuses what it signed: calls go on with a clock that is off (case 55). Every refusal sets
 * the correction anew, so that it goes when somebody sets the clock.
 */
export function createSigningClock(clock: Clock): SigningClock {
  let correction = 0;
  return {
    now: () => clock.now() + correction,
    onRefused: (date) => {
      const off = Date.parse(date ?? '') - clock.now();
      if (!Number.isNaN(off)) correction = Math.abs(off) < TOLERATED_MS ? 0 : off;
    },
  };
}
