import { fail, type Fail } from '../kit/outcome.ts';

/** Trusted keys are set, and what is at `subject` are plain folders. */
export function unsignable(subject: string): Fail {
  return fail({
    code: 'LF_SIGNATURE_MISSING',
    operation: 'verify',
    subject,
    cause: 'plain folders carry no signature, and trusted keys are set',
    hint: 'Publish a signed release with `landfall-ops publish --sign KEY`, or unset LANDFALL_TRUSTED_KEYS.',
  });
}
