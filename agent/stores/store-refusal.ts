import type { Fault, FaultCode } from '#kit/errors.ts';
import { fail, retry, type Fail, type Retry } from '#kit/outcome.ts';
import type { CallResult } from '../aws/aws-calls.ts';

/** Names the layer that a call reads, and the permission that the role needs for it. */
export interface StoreCall {
  readonly layer: string;
  /** Such as `ssm:GetParametersByPath on arn:...`. */
  readonly permission: string;
  /** What is not there when the service says so, and what to do about it. */
  readonly missing: { readonly cause: string; readonly hint: string };
}

/** What a call that brought nothing says of a layer, in the words of a source. Only what never left this host is final. */
export function storeRefusal(result: Exclude<CallResult, { kind: 'ok' }>, call: StoreCall): Retry | Fail {
  const { layer, permission, missing } = call;
  if (result.kind === 'failed') {
    const { cause, hint } = result.fault;
    return retry(storeFault(layer, 'LF_SOURCE_UNREACHABLE', cause, hint));
  }
  if (result.kind === 'unsent') {
    const { code, cause, hint } = result.fault;
    const fault = storeFault(layer, code, cause, hint);
    return result.final ? fail(fault) : retry(fault);
  }
  const said = `${result.code}, HTTP ${result.status}`;
  switch (result.class) {
    case 'throttled':
      return retry(
        storeFault(layer, 'LF_SOURCE_THROTTLED', `the store asks for fewer requests (${said})`, SPACE),
      );
    case 'broken':
      return retry(storeFault(layer, 'LF_SOURCE_UNREACHABLE', `the store is in trouble (${said})`, AGAIN));
    case 'credentials':
      return retry(storeFault(layer, 'LF_CREDENTIALS', `the store does not take them (${said})`, AGAIN));
    case 'denied': {
      const hint = `Allow the role ${permission}.`;
      return retry(storeFault(layer, 'LF_SOURCE_DENIED', `reading it is denied (${said})`, hint));
    }
    case 'missing':
      return retry(storeFault(layer, 'LF_OBJECT_MISSING', `${missing.cause} (${said})`, missing.hint));
    case 'exists':
    case 'invalid':
      return retry(
        storeFault(
          layer,
          'LF_SOURCE_REFUSED',
          `the store refuses it (${said}${inWords(result.message)})`,
          REFUSED,
        ),
      );
    default:
      return result.class satisfies never;
  }
}

/** What the service says besides: names of resources and rules, never a value. */
function inWords(message: string): string {
  const line = message
    .replaceAll(/[^ -~]+/g, ' ')
    .slice(0, 200)
    .trim();
  return line === '' ? '' : `: ${line}`;
}

export function storeFault(layer: string, code: FaultCode, cause: string, hint: string): Fault {
  return { code, operation: 'read', subject: layer, cause, hint };
}

const AGAIN = 'The agent tries again by itself.';
const SPACE =
  'The agent backs off by itself; if it lasts, lengthen LANDFALL_STORE_INTERVAL or raise the quota.';
const REFUSED =
  'Look up the error in the API reference of the service, and correct the layer in LANDFALL_LAYERS.';
