import { retry, type Retry } from '../kit/outcome.ts';

/** "Not modified" where nothing was held to compare with: believing it would mean serving nothing. */
export function unaskedNotModified(object: string): Retry {
  return retry({
    code: 'LF_SOURCE_MALFORMED',
    operation: 'read',
    subject: object,
    cause: 'it answered "not modified" to a request without a condition',
    hint: 'Look for a proxy or cache between the instance and S3.',
  });
}
