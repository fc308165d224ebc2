import type { Clock } from '#kit/clock.ts';
import type { Fault } from '#kit/errors.ts';
import { backoffDelay } from '#kit/retry.ts';
import { passes, type Answer, type Refused } from '../across/answer.ts';
import type { Patience } from '../across/patience.ts';
import { bakeFault, failed, goOn } from './bake-halt.ts';

/** What one look at EC2 shows of something that is to come about. */
export type Sight<T> =
  | { readonly kind: 'there'; readonly value: T }
  | { readonly kind: 'waiting'; readonly text: string }
  /** Not, or not yet, or not shown yet. */
  | { readonly kind: 'absent'; readonly text?: string }
  /** No waiting mends it. */
  | { readonly kind: 'broken'; readonly fault: Fault };

export interface Goal<T> {
  /** For whoever watches: `attach vol-1 to i-1 as /dev/sdf`. */
  readonly name: string;
  readonly look: () => Promise<Sight<T>>;
  /** Sends once what brings it about. Left out: it was asked for before, or comes by itself. */
  readonly act?: () => Promise<Answer<unknown>>;
  /** Tells what is to be done about a refusal that seems final; true: ask again, for something was changed. */
  readonly refused?: (refused: Refused) => boolean;
  /** Looks in a row that have to show it; 1 when left out. One reading may come from a place that does not know yet. */
  readonly looks?: number;
}

export interface Watch {
  readonly patience: Patience;
  readonly clock: Clock;
  /** A line for whoever watches. */
  readonly say: (line: string) => void;
}

/** Of an id or a change that EC2 itself confirmed: its readings may not know for so long (EC2 developer guide, "Eventual consistency"). */
const FRESH_MS = 30_000;
/** Of an answer that was lost, in polls: what was asked for may show only then. */
const LATE_POLLS = 3;
/** Looks that have to confirm a refusal: the first may be older than what it denies. */
const READINGS = 2;
const BETWEEN_LOOKS_MS = 1000;
const BACKOFF = { baseMs: 400, capMs: 10_000 };
/** Contradicted so often, it is not the reading that is late. */
const MOST_CONTRADICTIONS = 6;
/** EC2 says that things are not as they were just read: the next look shows how they are. */
const CONTRADICTIONS: ReadonlySet<string> = new Set([
  'IncorrectState',
  'VolumeInUse',
  'InvalidAttachment.NotFound',
  'IncorrectInstanceState',
  'InvalidSnapshot.InUse',
  'InvalidAMIName.Duplicate',
]);

/**
 * Looks, asks for it when it is not there, and looks again until it is. Answers to writes are never believed, good or bad: a lost
 * one may have taken effect, and a good one may show late. So a run also goes on wherever another one was killed.
 * @throws BakeHalt
 */
export async function bringAbout<T>(goal: Goal<T>, watch: Watch): Promise<T> {
  const { patience, clock, say } = watch;
  let said = '';
  let again = -Infinity;
  let asked = 0;
  let refused: Refused | undefined;
  let confirmed = 0;
  let seen = 0;
  const since = clock.monotonic();
  for (;;) {
    const sight = await goal.look();
    seen = sight.kind === 'there' ? seen + 1 : 0;
    if (sight.kind === 'there' && seen >= (goal.looks ?? 1)) return sight.value;
    if (sight.kind === 'broken') throw failed(sight.fault);
    goOn(patience, goal.name);
    if (sight.kind === 'there') {
      await patience.sleep(Math.min(patience.pollMs, BETWEEN_LOOKS_MS));
      continue;
    }
    if (sight.text !== undefined && sight.text !== said) say(sight.text);
    said = sight.text ?? said;
    if (sight.kind === 'waiting') {
      // It comes by itself.
    } else if (refused && isFinal(refused, asked)) {
      confirmed += 1;
      if (confirmed >= READINGS) throw failed(refused.fault);
    } else if (goal.act && clock.monotonic() >= again) {
      if (asked === 0) say(goal.name);
      const answer = await goal.act();
      asked += 1;
      refused = answer.kind === 'refused' ? answer : undefined;
      confirmed = 0;
      if (refused) say(`${goal.name}: ${refused.fault.cause}`);
      if (refused && goal.refused?.(refused)) refused = undefined;
      again = clock.monotonic() + pauseAfter(answer, asked, patience);
    } else if (!goal.act && clock.monotonic() - since > FRESH_MS) {
      throw failed(bakeFault('LF_BAKE_STEP', goal.name, 'EC2 no longer knows it', 'See who removed it.'));
    }
    await patience.sleep(patience.pollMs);
  }
}

function pauseAfter(answer: Answer<unknown>, asked: number, patience: Patience): number {
  if (answer.kind === 'ok') return Math.max(FRESH_MS, LATE_POLLS * patience.pollMs);
  const backoff = backoffDelay(BACKOFF, asked, patience.random);
  // Throttled: it was not carried out. Else it may have been, and shows in a while.
  return answer.class === 'throttled' ? backoff : Math.max(LATE_POLLS * patience.pollMs, backoff);
}

function isFinal(refused: Refused, asked: number): boolean {
  if (passes(refused)) return false;
  // What was made a moment ago may be unknown to the next request.
  const isContradiction = refused.class === 'missing' || CONTRADICTIONS.has(refused.code);
  return !isContradiction || asked >= MOST_CONTRADICTIONS;
}
