import { isRecord } from '#kit/is-record.ts';
import type { Fault } from '#kit/errors.ts';
import type { CallResult } from '../../aws/aws-calls.ts';
import type { RejectionCause } from '../base/ledger.ts';

/** Events of the batch that AWS took no part in, by index in the order of the call: [from, to). */
export interface Rejection {
  readonly cause: RejectionCause;
  readonly from: number;
  readonly to: number;
}

/** Why a destination takes nothing now, as `status` names it. */
export type Trouble =
  | 'throttled'
  | 'broken'
  | 'unreachable'
  | 'credentials'
  | 'denied'
  | 'quota'
  | 'missing'
  | 'refused';

/** What one PutLogEvents came to, for whoever goes on. */
export type PutVerdict =
  | { readonly kind: 'taken'; readonly rejections: readonly Rejection[] }
  /** Nothing of it was taken, for one of its events is bad; which one, AWS does not say. */
  | { readonly kind: 'rejectedWhole'; readonly code: string }
  | { readonly kind: 'streamMissing' }
  | Held;

/** Not now: the batch is kept, and sent again without end. */
export interface Held {
  readonly kind: 'held';
  readonly trouble: Trouble;
  readonly code: string;
  /** For people. */
  readonly detail: string;
}

/** A refusal of content: 413 and 400 of the JSON layer among them, for an event can be what they choke on. */
const POISON = new Set([
  'InvalidParameterException',
  'InvalidParameterValue',
  'RequestEntityTooLarge',
  'RequestEntityTooLargeException',
  'SerializationException',
  'ValidationException',
]);

const TOO_LARGE = 413;

/** Only from old endpoints and stand-ins (case 50): the batch is there already. */
const THERE_ALREADY = 'DataAlreadyAcceptedException';

/** Also of theirs, and nobody's to mend: sent again, without a token as before. */
const WRONG_TOKEN = 'InvalidSequenceTokenException';

export function putVerdict(result: CallResult, events: number): PutVerdict {
  if (result.kind === 'ok') return takenVerdict(result.json, events);
  if (result.kind === 'refused') {
    if (result.code === THERE_ALREADY) return { kind: 'taken', rejections: [] };
    if (result.class === 'missing') return { kind: 'streamMissing' };
    if (POISON.has(result.code) || result.status === TOO_LARGE) {
      return { kind: 'rejectedWhole', code: result.code };
    }
  }
  // Somebody on the way takes no bodies of this size. That is no word of AWS, by which an event could be given up.
  if (result.kind === 'failed' && result.status === TOO_LARGE && events > 1) {
    return { kind: 'rejectedWhole', code: result.fault.code };
  }
  return heldVerdict(result);
}

/** What keeps a call other than PutLogEvents from being done. */
export function heldVerdict(result: Exclude<CallResult, { kind: 'ok' }>): Held {
  if (result.kind === 'refused') {
    const { code, status, message } = result;
    return {
      kind: 'held',
      trouble: troubleOf(result),
      code,
      detail: message === '' ? `HTTP ${status}` : message,
    };
  }
  const { fault } = result;
  const trouble = result.kind === 'failed' ? 'unreachable' : ofUnsent(fault);
  return { kind: 'held', trouble, code: fault.code, detail: fault.cause };
}

function troubleOf({ code, class: refusal }: Extract<CallResult, { kind: 'refused' }>): Trouble {
  switch (refusal) {
    case 'throttled':
      // Of a quota rather than of a rate: it lasts until somebody makes room.
      return code.startsWith('LimitExceeded') ? 'quota' : 'throttled';
    case 'broken':
    case 'credentials':
    case 'denied':
    case 'missing':
      return refusal;
    case 'exists':
    case 'invalid':
      return code === WRONG_TOKEN ? 'broken' : 'refused';
    default:
      return refusal satisfies never;
  }
}

function ofUnsent(fault: Fault): Trouble {
  return fault.code === 'LF_CREDENTIALS' || fault.code.startsWith('LF_IMDS') ? 'credentials' : 'denied';
}

/** Portals answer 200 as well, some even in JSON: what AWS never says did not come from AWS. */
function takenVerdict(json: unknown, events: number): PutVerdict {
  const said = isRecord(json) ? json : {};
  const names = Object.keys(said);
  if (names.length > 0 && !names.some((name) => KNOWN.has(name))) {
    return {
      kind: 'held',
      trouble: 'unreachable',
      code: 'LF_AWS_MALFORMED',
      detail: 'the answer is none of logs',
    };
  }
  const info = said['rejectedLogEventsInfo'];
  return { kind: 'taken', rejections: isRecord(info) ? rejectionsOf(info, events) : [] };
}

const KNOWN = new Set(['nextSequenceToken', 'rejectedLogEventsInfo', 'rejectedEntityInfo']);

/** The ends are exclusive and the ranges may overlap: what expired is counted once, as too old where it is both. */
function rejectionsOf(info: Readonly<Record<string, unknown>>, events: number): readonly Rejection[] {
  const tooOldEnd = indexOf(info['tooOldLogEventEndIndex'], events) ?? 0;
  const expiredEnd = Math.max(tooOldEnd, indexOf(info['expiredLogEventEndIndex'], events) ?? 0);
  const tooNewStart = Math.max(expiredEnd, indexOf(info['tooNewLogEventStartIndex'], events) ?? events);
  const all: readonly Rejection[] = [
    { cause: 'tooOld', from: 0, to: tooOldEnd },
    { cause: 'expired', from: tooOldEnd, to: expiredEnd },
    { cause: 'tooNew', from: tooNewStart, to: events },
  ];
  return all.filter(({ from, to }) => from < to);
}

function indexOf(value: unknown, events: number): number | undefined {
  return typeof value === 'number' && Number.isInteger(value)
    ? Math.min(Math.max(value, 0), events)
    : undefined;
}
