import { describeFault, type Fault, type FaultCode } from '#kit/errors.ts';

export interface ReportedError {
  readonly code: FaultCode;
  readonly message: string;
}

/** What became of one job in one destination. */
export interface RegionReport {
  readonly region: string;
  readonly state: 'created' | 'in-sync' | 'due' | 'failed';
  /** The copy, where there is one. */
  readonly resource: string | null;
  /** Made by this run, although it may have failed since. */
  readonly created: readonly string[];
  /** A copy was or is due. */
  readonly isDue: boolean;
  /** The copy is still being made. */
  readonly isPending: boolean;
  /** What was put right on a copy that was there, or has to be. */
  readonly repaired: readonly string[];
  /** What retention removed, or would. */
  readonly removed: readonly string[];
  /** What names the copy since this run, or would. */
  readonly handed: readonly string[];
  /** What retention would remove if nothing used it: the id and its user. */
  readonly kept: readonly string[];
  readonly errors: readonly ReportedError[];
}

export interface JobReport {
  readonly name: string;
  readonly type: string;
  readonly regions: readonly RegionReport[];
  /** Errors of the job as a whole. */
  readonly errors: readonly ReportedError[];
}

/** A message that has no operation is said as it is (`saidFault`). */
export function reportedError(fault: Fault): ReportedError {
  return { code: fault.code, message: fault.operation === '' ? fault.cause : describeFault(fault) };
}
