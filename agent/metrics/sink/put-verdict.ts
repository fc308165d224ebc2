import type { CallResult } from '../../aws/aws-calls.ts';

/** What to do with a request after its answer. */
export type PutVerdict = 'done' | 'later' | 'split';

/** Codes that speak of what is in the request. Only these are worth taking it apart: anything else would quarantine everything. */
const ABOUT_THE_DATA: ReadonlySet<string> = new Set([
  'InvalidFormat',
  'InvalidParameterCombination',
  'InvalidParameterValue',
  'MissingParameter',
  'MissingRequiredParameter',
  'RequestEntityTooLarge',
  'SerializationException',
  'ValidationError',
  'ValidationException',
]);

export function putVerdict(result: CallResult): PutVerdict {
  if (result.kind === 'ok') return 'done';
  if (result.kind !== 'refused') return 'later';
  const isAboutData =
    ABOUT_THE_DATA.has(result.code) || ABOUT_THE_DATA.has(result.code.replace(/Exception$/, ''));
  return result.class === 'invalid' && (isAboutData || result.status === 413) ? 'split' : 'later';
}
