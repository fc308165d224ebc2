import { FAULTS, type Fault, type FaultCode } from '../../kit/errors.ts';
import { exitCodeOf } from '../../kit/errors.ts';
import type { Outcome } from '../../kit/outcome.ts';

/** RFC 9457. The type is a name, not an address: `.invalid` never resolves (RFC 6761). `code` says the same, shorter. */
export function problemOf(
  status: number,
  fault: Fault,
  extra: Readonly<Record<string, unknown>> = {},
): Readonly<Record<string, unknown>> {
  return {
    type: `https://landfall.invalid/errors/${fault.code}`,
    title: FAULTS[fault.code].title,
    status,
    detail: `${fault.operation} ${fault.subject}: ${fault.cause}`,
    code: fault.code,
    hint: fault.hint,
    operation: fault.operation,
    subject: fault.subject,
    cause: fault.cause,
    ...(fault.problems && { problems: fault.problems }),
    ...extra,
  };
}

/** The status of a failed operation of the backend: ours (4xx), the configuration's (422), or of what stands behind (502, 503). */
export function statusOfFailure(failure: Exclude<Outcome<unknown>, { kind: 'ok' }>): number {
  if (failure.kind === 'retry') return 503;
  return STATUS_OF_CODE[failure.fault.code] ?? STATUS_OF_EXIT[exitCodeOf(failure.fault.code)] ?? 500;
}

const STATUS_OF_CODE: Partial<Record<FaultCode, number>> = {
  LF_UNAUTHORIZED: 401,
  LF_REQUEST_REFUSED: 403,
};

const STATUS_OF_EXIT: Readonly<Record<number, number>> = {
  2: 400,
  3: 502,
  4: 502,
  5: 422,
  6: 422,
  8: 503,
  9: 404,
};
