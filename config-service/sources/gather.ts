import type { FaultCode } from '../kit/errors.ts';
import { ok, type Fail, type Outcome, type Retry } from '../kit/outcome.ts';

/**
 * Runs `work` over `items`, at most `width` at a time. Either every result, in the order of the items, or the one failure
 * that says most. After a failure nothing new is started: what is under way is waited for, so that no request outlives
 * the tick.
 */
export async function gather<Item, Result>(
  items: readonly Item[],
  width: number,
  work: (item: Item) => Promise<Outcome<Result>>,
): Promise<Outcome<readonly Result[]>> {
  const results = new Map<number, Result>();
  const failures: (Retry | Fail)[] = [];
  const queue = items.entries();
  const worker = async (): Promise<void> => {
    for (const [index, item] of queue) {
      const outcome = await work(item);
      if (outcome.kind === 'ok') results.set(index, outcome.value);
      else failures.push(outcome);
      if (failures.length > 0) return;
    }
  };
  await Promise.all(Array.from({ length: Math.min(width, items.length) }, worker));
  const [first, ...others] = failures;
  if (first) return mostDecisive([first, ...others]);
  return ok([...results.entries()].toSorted(([a], [b]) => a - b).map(([, result]) => result));
}

/** What nobody can wait out comes first: the wrong place, then a missing or closed door, then the rest. */
const DECISIVE: readonly FaultCode[] = [
  'LF_REGION_CALL',
  'LF_REGION_BUCKET',
  'LF_REGION_MANIFEST',
  'LF_ENDPOINT_FOREIGN',
  'LF_SOURCE_OWNER',
  'LF_BUCKET_MISSING',
  'LF_SOURCE_DENIED',
  'LF_CREDENTIALS',
];

/** The failure to report of several that happened together; its cause counts the others. */
export function mostDecisive(failures: readonly [Retry | Fail, ...(Retry | Fail)[]]): Retry | Fail {
  const [worst, ...others] = failures.toSorted((a, b) => rank(a) - rank(b)) as [
    Retry | Fail,
    ...(Retry | Fail)[],
  ];
  if (others.length === 0) return worst;
  const fault = {
    ...worst.fault,
    cause: `${worst.fault.cause} (and ${others.length} more failed: ${tally(others)})`,
  };
  if (worst.kind === 'fail') return { kind: 'fail', fault };
  // The most patient of all: whoever asked for time gets it.
  const waits = failures.flatMap((failure) =>
    failure.kind === 'retry' && failure.afterMs !== undefined ? [failure.afterMs] : [],
  );
  return waits.length === 0
    ? { kind: 'retry', fault }
    : { kind: 'retry', fault, afterMs: Math.max(...waits) };
}

function rank(failure: Retry | Fail): number {
  const place = DECISIVE.indexOf(failure.fault.code);
  if (place >= 0) return place;
  return failure.kind === 'fail' ? DECISIVE.length : DECISIVE.length + 1;
}

function tally(failures: readonly (Retry | Fail)[]): string {
  const counts = new Map<FaultCode, number>();
  for (const { fault } of failures) counts.set(fault.code, (counts.get(fault.code) ?? 0) + 1);
  return [...counts].map(([code, count]) => (count === 1 ? code : `${code} x${count}`)).join(', ');
}
