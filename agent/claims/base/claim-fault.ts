import type { Fault, FaultCode } from '#kit/errors.ts';

export function claimFault(
  code: FaultCode,
  operation: string,
  subject: string,
  cause: string,
  hint: string,
): Fault {
  return { code, operation, subject, cause, hint };
}
