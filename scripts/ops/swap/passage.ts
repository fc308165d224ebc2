import type { EC2Client } from '@aws-sdk/client-ec2';
import type { Clock } from '#kit/clock.ts';
import type { Fault } from '#kit/errors.ts';
import { backoffDelay } from '#kit/retry.ts';
import { passes, type Answer, type Refused } from '../across/answer.ts';
import type { Patience } from '../across/patience.ts';
import type { Holdings, Side } from './holdings.ts';
import { describeMove, make } from './moving.ts';
import { nextMoves, type Move, type Origin, type Outlook } from './next-moves.ts';

/** Everything that a passage needs to know and to do. */
export interface PassageWork {
  readonly ec2: EC2Client;
  readonly clock: Clock;
  readonly origin: Origin;
  readonly look: (patience: Patience) => Promise<Answer<Holdings>>;
  /** A line for whoever watches. */
  readonly say: (line: string) => void;
  /** Before this (monotonic, ms) nothing counts as arrived: what was asked for on the way there may show late. */
  readonly notBefore: number;
  /** Nor within so many looks: on a machine that is slow, all that time is one look. */
  readonly notWithin: number;
  /** What the last look showed. */
  readonly seen: (holdings: Holdings) => void;
}

/** How it ended: all is there, the command's time is up, it was told to stop, or a step cannot be done. */
export type Passage =
  | { readonly kind: 'arrived' | 'late' | 'stopped' }
  | { readonly kind: 'failed'; readonly fault: Fault };

/** Two in a row: one reading of EC2 may come from a place that does not know yet. */
const READINGS = 2;
const BETWEEN_READINGS_MS = 1000;

/**
 * Brings everything to one side: looks, decides, asks, and looks again, until two looks in a row show it all there. Answers
 * to writes are never believed, good or bad: a lost one may have taken effect, and a good one may show late.
 * @param until what is enough; the whole way when left out.
 */
export async function passTo(
  goal: Side,
  work: PassageWork,
  patience: Patience,
  until: (outlook: Outlook) => boolean = ({ arrived }) => arrived,
): Promise<Passage> {
  const asking = createAsking(work, patience);
  let confirmed = 0;
  let looks = 0;
  let said = '';
  for (;;) {
    const state = patience.state();
    if (state !== 'on') return { kind: state };
    const looked = await work.look(patience);
    if (looked.kind === 'refused') {
      const now = patience.state();
      return now === 'on' ? { kind: 'failed', fault: looked.fault } : { kind: now };
    }
    work.seen(looked.value);
    looks += 1;
    const outlook = nextMoves(looked.value, goal, work.origin, asking.unusable);
    const failed = asking.failed(outlook);
    if (failed) return { kind: 'failed', fault: failed };
    const waiting = outlook.waiting.join(', ');
    if (waiting !== '' && waiting !== said) work.say(waiting);
    said = waiting;

    const isSettled = work.clock.monotonic() >= work.notBefore && looks > work.notWithin;
    const isEnough = until(outlook) && isSettled;
    confirmed = isEnough ? confirmed + 1 : 0;
    if (confirmed === READINGS) return { kind: 'arrived' };
    if (confirmed === 0) await asking.ask(outlook.moves);
    await patience.sleep(confirmed > 0 ? Math.min(patience.pollMs, BETWEEN_READINGS_MS) : patience.pollMs);
  }
}

/** A name that is refused is no reason to give up at once; what else may be meant by it is, in the end. */
const MOST_DEVICES = 3;
/** Polls after which a move is asked for again that still has not shown: 1, 2, 4, 8, 16, 16, ... */
const MOST_POLLS = 16;
const BACKOFF = { baseMs: 400, capMs: 10_000 };
/** Asked so often, and contradicted each time, it is not the reading that is late. */
const MOST_CONTRADICTIONS = 6;

interface Asked {
  times: number;
  againAt: number;
  refused: Refused | undefined;
  /** Looks since the last answer that showed no effect. */
  looks: number;
}

/** What was asked for in this passage, and what came of it. */
function createAsking({ ec2, clock, say }: PassageWork, patience: Patience) {
  const asked = new Map<string, Asked>();
  const unusable = new Map<string, readonly string[]>();
  let astray = 0;

  const isUnusableDevice = (move: Move, { code }: Refused): boolean =>
    move.kind === 'attach' &&
    code === 'InvalidParameterValue' &&
    (unusable.get(move.volume)?.length ?? 0) < MOST_DEVICES;

  const askFor = async (move: Move): Promise<void> => {
    const key = describeMove(move);
    const before = asked.get(key);
    if (before && (isFinal(before) || clock.monotonic() < before.againAt)) return;
    if (!before) say(key);
    const answer = await make(ec2, move);
    const times = (before?.times ?? 0) + 1;
    const refused = answer.kind === 'refused' ? answer : undefined;
    const pause = refused
      ? Math.max(patience.pollMs, backoffDelay(BACKOFF, times, patience.random))
      : patience.pollMs * Math.min(2 ** (times - 1), MOST_POLLS);
    const againAt = clock.monotonic() + pause;
    asked.set(key, { times, againAt, refused, looks: 0 });
    if (!refused) return;
    say(`${key}: ${refused.fault.cause}`);
    if (move.kind === 'attach' && isUnusableDevice(move, refused)) {
      unusable.set(move.volume, [...(unusable.get(move.volume) ?? []), move.device]);
      asked.delete(key);
    }
  };

  return {
    unusable,
    ask: async (moves: readonly Move[]): Promise<void> => {
      for (const move of moves) await askFor(move);
    },
    /** Only what two looks confirm: the first may be older than what it denies. */
    failed: ({ moves, astray: fault }: Outlook): Fault | undefined => {
      astray = fault ? astray + 1 : 0;
      if (fault && astray >= READINGS) return fault;
      for (const move of moves) {
        const past = asked.get(describeMove(move));
        if (!past?.refused || !isFinal(past)) continue;
        past.looks += 1;
        if (past.looks >= READINGS) return past.refused.fault;
      }
      return undefined;
    },
  };
}

function isFinal({ refused, times }: Asked): boolean {
  if (!refused || passes(refused)) return false;
  return !CONTRADICTIONS.has(refused.code) || times >= MOST_CONTRADICTIONS;
}

/** EC2 says that things are not as they were just read: the next look shows how they are. */
const CONTRADICTIONS: ReadonlySet<string> = new Set([
  'IncorrectState',
  'VolumeInUse',
  'InvalidAttachment.NotFound',
  'IncorrectInstanceState',
]);
