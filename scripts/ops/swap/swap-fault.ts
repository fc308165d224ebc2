import type { Fault, FaultCode } from '#kit/errors.ts';

export function swapFault(code: FaultCode, subject: string, cause: string, hint: string): Fault {
  return { code, operation: 'swap', subject, cause, hint };
}
