import type { Finish } from '#agent/console/command-line.ts';
import { describeFault, LandfallError, type Fault } from '#kit/errors.ts';

/** Exit code of a plan in which something is due. */
export const WORK_IS_DUE = 10;

/** `errors` of a document; its fields are promised. */
export function errorDocuments(faults: readonly Fault[]): readonly object[] {
  return faults.map((fault) => ({ code: fault.code, message: describeFault(fault) }));
}

/** After everything was told. @throws LandfallError for an end that is not good: its first fault gives the exit code. */
export function conclude(
  end: { readonly state: string; readonly faults: readonly Fault[] },
  finish: Finish,
): void {
  const [fault] = end.faults;
  if (fault) throw new LandfallError(fault);
  if (end.state === 'planned') finish(WORK_IS_DUE);
}
