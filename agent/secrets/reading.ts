import type { CallResult } from '../aws/aws-calls.ts';
import type { Pin } from '../aws/pin.ts';
import type { Fault, FaultCode } from '#kit/errors.ts';

/** One parameter or secret, whole: fields are cut out of it later. */
export interface SecretItem {
  readonly service: 'ssm' | 'secretsmanager';
  /** Name or ARN. */
  readonly id: string;
  /** See `SecretName`. */
  readonly selector: string;
}

/** What its service said of an item. */
export type Reading =
  /** `version` as the service counts; undefined when it gave none. */
  | {
      readonly kind: 'text';
      readonly text: string;
      readonly version: string | undefined;
      /** Whatever it was asked for by; undefined when the service gave none. */
      readonly arn: string | undefined;
    }
  | { readonly kind: 'absent' }
  /** There may be one, and we do not get it until somebody mends something. */
  | { readonly kind: 'refused'; readonly fault: Fault }
  /** No word on the item: it passes by itself. */
  | Unavailable;

export interface Unavailable {
  readonly kind: 'unavailable';
  readonly fault: Fault;
}

/** What a call that brought nothing says of the items it asked for. */
export function readingOfTrouble(
  result: Exclude<CallResult, { kind: 'ok' }>,
  item: SecretItem,
  pin: Pin,
): Reading {
  if (result.kind === 'failed') {
    return unavailable(item, result.fault.cause, result.fault.hint);
  }
  if (result.kind === 'unsent') {
    const { code, cause, hint } = result.fault;
    return result.final ? refused(item, code, cause, hint) : unavailable(item, cause, hint);
  }
  const said = `${result.code}, HTTP ${result.status}`;
  switch (result.class) {
    case 'throttled':
    case 'broken':
    case 'credentials':
      return unavailable(item, `its service does not give it now (${said})`, AGAIN);
    case 'denied':
      return refused(item, 'LF_SECRET_DENIED', `reading it is denied (${said})`, permissionFor(item, pin));
    case 'missing':
      return { kind: 'absent' };
    case 'exists':
    case 'invalid':
      return refused(item, 'LF_SECRET_INVALID', `its service does not give it (${said})`, INVALID_HINT);
    default:
      return result.class satisfies never;
  }
}

/** Answered with success, in words that say nothing of this item. */
export function unclear(item: SecretItem): Reading {
  return unavailable(item, 'the answer does not mention it', AGAIN);
}

/** An item that was not even asked for, since its service had no word on another. */
export function unavailableToo(item: SecretItem, { fault }: Unavailable): Reading {
  return { kind: 'unavailable', fault: { ...fault, subject: subjectOf(item) } };
}

export function binary(item: SecretItem): Reading {
  return refused(item, 'LF_SECRET_INVALID', 'it is binary', 'Store it as text.');
}

const AGAIN = 'The agent tries again by itself.';

const INVALID_HINT =
  'Check that it is not scheduled for deletion, and that its KMS key exists, is enabled and is in this region.';

function permissionFor({ service, id }: SecretItem, { partition, region, account }: Pin): string {
  const arn = (resource: string) =>
    id.startsWith('arn:') ? id : `arn:${partition}:${service}:${region}:${account}:${resource}`;
  const permission =
    service === 'ssm'
      ? `ssm:GetParameters on ${arn(`parameter/${id.replace(/^\//, '')}`)}`
      : `secretsmanager:GetSecretValue on ${arn(`secret:${id}-??????`)}`;
  return `Allow the role ${permission}, and kms:Decrypt if a key of yours encrypts it.`;
}

function refused(item: SecretItem, code: FaultCode, cause: string, hint: string): Reading {
  return { kind: 'refused', fault: faultOf(item, code, cause, hint) };
}

function unavailable(item: SecretItem, cause: string, hint: string): Reading {
  return { kind: 'unavailable', fault: faultOf(item, 'LF_SECRET_UNAVAILABLE', cause, hint) };
}

function faultOf(item: SecretItem, code: FaultCode, cause: string, hint: string): Fault {
  return { code, operation: 'read', subject: subjectOf(item), cause, hint };
}

function subjectOf({ service, id, selector }: SecretItem): string {
  return `${service} ${id}${selector}`;
}
