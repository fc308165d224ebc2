import type { Fault } from '#kit/errors.ts';
import { fail, ok, type Outcome } from '#kit/outcome.ts';

/** Which of a service's hosts are asked for, as the SDKs read it (SDKs and Tools Reference Guide, "Dual-stack and FIPS endpoints"). */
export interface Stack {
  readonly fips: boolean;
  readonly dualStack: boolean;
}

export const STACK_VARIABLES = {
  fips: 'AWS_USE_FIPS_ENDPOINT',
  dualStack: 'AWS_USE_DUALSTACK_ENDPOINT',
} as const;

/** Of the environment alone: shared configuration files are the image's. `LF_SETTINGS` for what is neither true nor false. */
export function readStack(env: Readonly<Record<string, string | undefined>>): Outcome<Stack> {
  const stack = { fips: false, dualStack: false };
  for (const part of ['fips', 'dualStack'] as const) {
    const value = env[STACK_VARIABLES[part]]?.toLowerCase() ?? '';
    if (value !== '' && value !== 'true' && value !== 'false')
      return fail(
        stackFault(STACK_VARIABLES[part], 'it is neither true nor false', 'Say true, or unset it.'),
      );
    stack[part] = value === 'true';
  }
  return ok(stack);
}

/** The variables by which `stack` was asked for, as a sentence names them. */
export function askedBy({ fips, dualStack }: Stack): string {
  return [...(fips ? [STACK_VARIABLES.fips] : []), ...(dualStack ? [STACK_VARIABLES.dualStack] : [])].join(
    ' and ',
  );
}

export function stackFault(subject: string, cause: string, hint: string): Fault {
  return { code: 'LF_SETTINGS', operation: 'use', subject, cause, hint };
}
