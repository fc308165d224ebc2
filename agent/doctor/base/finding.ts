import type { Fault, FaultCode } from '#kit/errors.ts';

/** One thing a look at this host found. `wayOut` says what to do about it. */
export interface DoctorFinding {
  readonly check: string;
  readonly level: 'ok' | 'note' | 'warning' | 'failure';
  readonly says: string;
  readonly wayOut?: string;
  /** The code the command or a `run` would end with; only on failures. */
  readonly code?: FaultCode;
  /** Where it is written, as it lies on this disk; the line counts from 1. */
  readonly file?: string;
  readonly line?: number;
  /** The region it would lead to. */
  readonly region?: string;
}

export function good(check: string, says: string): DoctorFinding {
  return { check, level: 'ok', says };
}

export function note(check: string, says: string, wayOut?: string): DoctorFinding {
  return { check, level: 'note', says, ...(wayOut === undefined ? {} : { wayOut }) };
}

export function warning(check: string, says: string, wayOut?: string): DoctorFinding {
  return { check, level: 'warning', says, ...(wayOut === undefined ? {} : { wayOut }) };
}

export function failure(check: string, fault: Fault): DoctorFinding {
  const { cause, hint, code } = fault;
  return {
    check,
    level: 'failure',
    says: `${fault.operation} ${fault.subject}: ${cause}`,
    wayOut: hint,
    code,
  };
}
