import type { CallResult } from '../../aws/aws-calls.ts';
import type { FaultCode } from '#kit/errors.ts';
import { fail, retry, type Fail, type Retry } from '#kit/outcome.ts';
import { claimFault } from '../base/claim-fault.ts';

/** AWS's own words, for what is not known here better. */
const MAX_MESSAGE_CHARS = 300;

/** Another one was faster, or the thing is between two states: looking again decides. */
const TAKEN: ReadonlySet<string> = new Set([
  'InvalidIPAddress.InUse',
  'VolumeInUse',
  'IncorrectState',
  'IncorrectInstanceState',
]);

/** What a call that did not succeed means for the claim of `subject` (EC2 API reference, "Error codes"). */
export function readTrouble(
  result: Exclude<CallResult, { kind: 'ok' }>,
  action: string,
  subject: string,
): Retry | Fail {
  if (result.kind === 'failed') return retry(result.fault);
  if (result.kind === 'unsent') return result.final ? fail(result.fault) : retry(result.fault);
  const { code, message } = result;
  const said = `${code}: ${message}`.slice(0, MAX_MESSAGE_CHARS);
  const fault = (name: FaultCode, cause: string, hint: string) =>
    claimFault(name, 'claim', subject, cause, hint);
  const taken = () =>
    fault('LF_CLAIM_TAKEN', `${action}: ${said}`, 'It is never taken away; the agent waits.');
  switch (result.class) {
    case 'throttled':
    case 'broken':
    case 'credentials':
      return retry(fault('LF_CLAIM_CALL', `${action}: ${said}`, 'The agent tries again by itself.'));
    case 'denied':
      return fail(deniedFault(action, subject, code));
    case 'missing':
      // A moment ago it was listed: it is gone, or this answer comes from a place that does not know it yet.
      return retry(fault('LF_CLAIM_CALL', `${action}: ${said}`, 'The agent looks again by itself.'));
    case 'exists':
      return retry(taken());
    case 'invalid':
  }
  if (TAKEN.has(code)) return retry(taken());
  if (code === 'InvalidVolume.ZoneMismatch') {
    return fail(fault('LF_CLAIM_ZONE', said, 'A volume can be attached in its own zone only.'));
  }
  if (/LimitExceeded/.test(code)) {
    const hint =
      'Detach what is not needed, take an instance type with more attachments, or have the quota raised.';
    return fail(fault('LF_CLAIM_LIMIT', said, hint));
  }
  if (/kms|CustomerKey/i.test(code)) return fail(keyFault(subject, said));
  const hint = 'See docs/claims.md for what claims ask of EC2.';
  return fail(fault(deviceRefused(code) ? 'LF_CLAIM_DEVICE' : 'LF_CLAIM_CALL', `${action}: ${said}`, hint));
}

function deniedFault(action: string, subject: string, code: string) {
  const hint = `Allow ec2:${action} in the instance's role (docs/claims.md has the policy).`;
  return claimFault(
    'LF_CLAIM_DENIED',
    'claim',
    subject,
    `the role may not call ec2:${action} (${code})`,
    hint,
  );
}

export function keyFault(subject: string, cause: string) {
  const hint =
    "Let the instance's role use the KMS key of the volume (kms:CreateGrant, kms:Decrypt), and see that it is enabled.";
  return claimFault('LF_CLAIM_KEY', 'claim', subject, cause, hint);
}

/** "Invalid value '/dev/sdf' for unixDevice. Attachment point /dev/sdf is already in use": AttachVolume has no other use for it. */
function deviceRefused(code: string): boolean {
  return code === 'InvalidParameterValue';
}
