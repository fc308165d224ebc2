import { good, warning, type DoctorFinding } from './base/finding.ts';

/** A secret as the running agent reports it. */
export interface SecretInUse {
  readonly service: string;
  readonly name: string;
  readonly state: string;
  readonly age: string | null;
  readonly failure: { readonly code: string; readonly message: string; readonly hint: string } | null;
}

/** What the next rotation or the next instance would find out: secrets that are used and cannot be read any more. */
export function examineSecrets(inUse: readonly SecretInUse[]): readonly DoctorFinding[] {
  const troubled = inUse.flatMap(({ service, name, state, age, failure }) => {
    if (failure === null) return [];
    const since = age === null ? '' : `, last read ${age} ago`;
    const says = `${service} ${name} is ${state}${since}: ${failure.message} [${failure.code}]`;
    return [warning('secrets', says, failure.hint)];
  });
  if (inUse.length === 0 || troubled.length > 0) return troubled;
  return [good('secrets', `${inUse.length} in use, all read`)];
}
