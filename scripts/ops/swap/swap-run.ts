import type { EC2Client } from '@aws-sdk/client-ec2';
import { describeFault, faultOf, LandfallError, type Fault } from '#kit/errors.ts';
import { ok } from '#kit/outcome.ts';
import type { OpsContext } from '../console/context.ts';
import { readJournal, withJournal, type Journal } from '../across/journal.ts';
import { createPatience, type Patience } from '../across/patience.ts';
import { courseTo } from './course.ts';
import { drainFails, planDrain, type Drain } from './drain.ts';
import type { Holdings, Pair, Side } from './holdings.ts';
import { nextMoves } from './next-moves.ts';
import { passTo, type Passage, type PassageWork } from './passage.ts';
import { probeFails, type Probe } from '../across/probe.ts';
import { nameRow, readNames, type AskedName } from './name-reading.ts';
import { createNoticeBoard, type NoticeBoard } from './notice.ts';
import { commandFails } from './operator-command.ts';
import { readHoldings, type Named } from './reading.ts';
import { refusalsOf } from './refusals.ts';
import { describeHoldings, pairFault, type SwapEnd, type SwapState } from './swap-end.ts';
import { swapFault } from './swap-fault.ts';
import {
  entryOf,
  isUnderWay,
  journalPlace,
  namedIn,
  originOf,
  readSwapEntry,
  type SwapEntry,
} from './swap-journal.ts';

export interface SwapRequest {
  readonly pair: Pair;
  /** On the way back what the journal names counts, and this must be part of it. */
  readonly named: Named;
  readonly goal: Side;
  readonly probe: Probe | undefined;
  readonly drain: Drain | undefined;
  readonly dns: AskedName | undefined;
  /** Where agents are told: `s3://bucket/prefix`. */
  readonly tell: string | undefined;
  readonly quiesce: string | undefined;
  readonly isPlan: boolean;
}

export interface SwapParts {
  readonly ec2: EC2Client;
  readonly context: OpsContext;
  readonly patience: Patience;
  /** As `stateFolderOf` gives it. */
  readonly folder: string;
  /** A line for whoever watches. */
  readonly say: (line: string) => void;
  /** Asks before the first write; throws when the answer is no. */
  readonly confirm: (steps: readonly string[]) => Promise<void>;
}

/** Tries of a probe, a poll apart. Afterwards a service has to find its volume and start. */
const TRIES_BEFORE = 3;
const TRIES_AFTER = 12;
/** On the way back from a swap that was under way: a step that was asked for just before may show only then. */
const LATE_POLLS = 3;
/** What is left to bring volumes to one side once the command was told to stop. */
const ASHORE_MS = 30_000;

/** @throws LandfallError for a journal that cannot be used, and `LF_SWAP_UNKNOWN` for a way back from a swap nobody made here. */
export async function runSwap(request: SwapRequest, parts: SwapParts): Promise<SwapEnd> {
  const place = journalPlace(parts.folder, request.pair);
  // Without making anything: a plan leaves no trace, nor does a way back that is none.
  const found = await readJournal(place, readSwapEntry);
  if (request.goal === 'blue' && !found) throw new LandfallError(unknownFault(request.pair));
  return await withJournal(place, readSwapEntry, request.isPlan, (noted, journal) =>
    new SwapRun(request, parts, noted, journal).run(),
  );
}

/** One command: it holds what was last seen, which every end tells. */
class SwapRun {
  readonly #request: SwapRequest;
  readonly #parts: SwapParts;
  readonly #found: SwapEntry | undefined;
  /** None for a plan. */
  readonly #journal: Journal<SwapEntry> | undefined;
  #seen: Holdings | undefined;
  readonly #board: NoticeBoard | undefined;

  constructor(
    request: SwapRequest,
    parts: SwapParts,
    found: SwapEntry | undefined,
    journal: Journal<SwapEntry> | undefined,
  ) {
    this.#request = request;
    this.#parts = parts;
    this.#found = found;
    this.#journal = journal;
    const { context, patience } = parts;
    const { tell, pair } = request;
    this.#board =
      tell === undefined || request.isPlan
        ? undefined
        : createNoticeBoard(tell, pair.region, context, patience);
  }

  async run(): Promise<SwapEnd> {
    const end = await this.#swap();
    if (end.state !== 'unfinished') await this.#hush();
    // Also of an end that failed: whoever asks such a resolver now goes there.
    return { ...end, names: await readNames(this.#request.dns, this.#seen) };
  }

  async #swap(): Promise<SwapEnd> {
    const { pair, goal, isPlan } = this.#request;
    const found = this.#found;
    const looked = await this.#look(this.#parts.patience, this.#named());
    if (looked.kind === 'refused') return this.#unread(looked.fault);
    const holdings = looked.value;
    this.#seen = holdings;
    const other = this.#otherThan(found, holdings);
    if (other) return this.#refused([other]);
    // A way back that an operator began is the operator's to give up.
    const carriesOn = isUnderWay(found) && (found.phase === 'returning') === (goal === 'blue');
    if (carriesOn) return isPlan ? this.#planned(found, holdings, []) : await this.#carryOn(found);

    const origin = originOf(found);
    const faults = refusalsOf(holdings, pair, this.#named(), goal, origin);
    if (faults.length > 0) return this.#refused(faults);
    if (nextMoves(holdings, goal, origin).arrived && !isUnderWay(found)) return await this.#nothingToDo();
    const unwell = await this.#probeBefore();
    if (unwell) return unwell;
    const entry = goal === 'blue' && found ? found : entryOf(holdings, pair, found);
    const begun: SwapEntry = { ...entry, phase: goal === 'blue' ? 'returning' : 'moving' };
    if (isPlan) {
      const drain = goal === 'green' ? this.#request.drain : undefined;
      const waits = drain ? await planDrain(drain, pair, holdings.blue, this.#parts) : ok([]);
      return waits.kind === 'ok' ? this.#planned(begun, holdings, waits.value) : this.#refused([waits.fault]);
    }
    await this.#parts.confirm(courseTo(goal, holdings, originOf(begun)).steps);
    for (const reading of await readNames(this.#request.dns, holdings))
      this.#parts.say(`dns ${nameRow(reading).filter(Boolean).join(' ')}`);
    const held = await this.#drainBefore(holdings);
    if (held) return held;
    const noisy = await this.#quiesce();
    if (noisy) return noisy;
    const now = this.#parts.patience.state();
    if (now === 'stopped') return this.#interrupted('refused');
    // Somebody thought about the question for as long as that.
    if (now === 'late') {
      const cause = 'the time of --timeout was over before the first step';
      return this.#refused([pairFault('LF_SWAP_UNREAD', pair, cause, 'Run it again.')]);
    }
    const untold = await this.#tell(goal, this.#named());
    if (untold) return this.#refused([untold]);
    await this.#journal?.write(begun);
    return await this.#carryOn(begun);
  }

  #planned(entry: SwapEntry, holdings: Holdings, before: readonly string[]): SwapEnd {
    const goal = entry.phase === 'moving' ? 'green' : 'blue';
    const { steps } = courseTo(goal, holdings, originOf(entry));
    return { ...this.#end('planned'), holdings, steps: [...before, ...steps] };
  }

  async #drainBefore({ blue }: Holdings): Promise<SwapEnd | undefined> {
    const { drain, pair, goal } = this.#request;
    if (!drain || goal === 'blue') return undefined;
    const faults = await drainFails(drain, pair, this.#named(), blue, this.#parts);
    if (this.#parts.patience.state() === 'stopped') return this.#interrupted('refused');
    return faults.length === 0 ? undefined : this.#refused(faults);
  }

  /** From wherever things stand. */
  async #carryOn(entry: SwapEntry): Promise<SwapEnd> {
    if (entry.phase === 'undoing') return await this.#undo(entry, undefined);
    const goal = entry.phase === 'moving' ? 'green' : 'blue';
    const passage = await this.#pass(goal, entry);
    if (passage.kind === 'failed' && goal === 'green') return await this.#undo(entry, passage.fault);
    if (passage.kind !== 'arrived') return this.#unfinished(passage);
    if (goal === 'blue') {
      await this.#note({ ...entry, phase: 'returned' });
      return this.#end('rolled-back');
    }
    const unwell = await this.#probeAfter();
    if (unwell) return 'state' in unwell ? unwell : await this.#undo(entry, unwell);
    await this.#note({ ...entry, phase: 'committed' });
    return this.#end('committed');
  }

  async #undo(entry: SwapEntry, why: Fault | undefined): Promise<SwapEnd> {
    const { pair } = this.#request;
    const reason = why
      ? `${why.operation} ${why.subject}: ${why.cause}`
      : (entry.why ?? 'an earlier run met a failure');
    this.#parts.say(`back to ${pair.blue}: ${reason}`);
    const undoing: SwapEntry = { ...entry, phase: 'undoing', why: reason };
    await this.#note(undoing);
    const passage = await this.#pass('blue', undoing);
    if (passage.kind !== 'arrived') return this.#unfinished(passage, why);
    await this.#note({ ...undoing, phase: 'returned' });
    const hint = 'Put right what failed, and run it again.';
    const fault = pairFault(
      'LF_SWAP_UNDONE',
      pair,
      `everything is back on ${pair.blue}, since ${reason}`,
      hint,
    );
    return this.#end('rolled-back', [fault, ...(why ? [why] : [])]);
  }

  async #pass(goal: Side, entry: SwapEntry): Promise<Passage> {
    const { ec2, context, patience, say } = this.#parts;
    const mayShowLate = entry.phase === 'undoing' || (goal === 'blue' && isUnderWay(this.#found));
    const notBefore = mayShowLate ? context.clock.monotonic() + LATE_POLLS * patience.pollMs : 0;
    const work: PassageWork = {
      ec2,
      clock: context.clock,
      origin: originOf(entry),
      look: (how) => this.#look(how, namedIn(entry)),
      say,
      notBefore,
      notWithin: mayShowLate ? LATE_POLLS : 0,
      seen: (holdings) => (this.#seen = holdings),
    };
    const untold = await this.#tell(goal, namedIn(entry));
    // What is under way is not left there for that.
    if (untold) say(describeFault(untold));
    const passage = await passTo(goal, work, patience);
    if (passage.kind !== 'stopped') return passage;
    // Told to stop: no volume is left between the two, for that would be an outage.
    const never = new AbortController().signal;
    const { clock, random } = context;
    const times = { pollMs: patience.pollMs, timeoutMs: ASHORE_MS };
    const ashore = createPatience({ ...times, clock, random, stop: never });
    await passTo(goal, work, ashore, ({ between }) => between.length === 0);
    ashore.end();
    return passage;
  }

  /** By the ids that EC2 knows: an address may be named by what is dialled. */
  async #tell(goal: Side, { volumes }: Named): Promise<Fault | undefined> {
    const { pair } = this.#request;
    const allocations = (this.#seen?.addresses ?? []).map(({ allocation }) => allocation);
    const told = await this.#board?.tell([...allocations, ...volumes], pair[goal]);
    return !told || told.kind === 'ok' ? undefined : told.fault;
  }

  async #hush(): Promise<void> {
    const ended = await this.#board?.end();
    if (ended && ended.kind !== 'ok') this.#parts.say(describeFault(ended.fault));
  }

  #look(patience: Patience, named: Named) {
    return readHoldings(this.#parts.ec2, patience, this.#request.pair, named);
  }

  #named(): Named {
    const { goal, named } = this.#request;
    return goal === 'blue' && this.#found ? namedIn(this.#found) : named;
  }

  /** What was begun has to be ended whole; half of it would stay wherever it is. */
  #otherThan(found: SwapEntry | undefined, { addresses, volumes }: Holdings): Fault | undefined {
    const { pair, named, goal } = this.#request;
    if (!found) return undefined;
    const known = namedIn(found);
    const all = [...known.addresses, ...known.volumes];
    const seen = [...addresses.map(({ allocation }) => allocation), ...volumes.map(({ id }) => id)];
    if (goal === 'blue') {
      const ips = new Map(addresses.map(({ ip, allocation }) => [ip, allocation]));
      const asked = [...named.addresses.map((id) => ips.get(id) ?? id), ...named.volumes];
      const stranger = asked.find((id) => !all.includes(id));
      if (stranger === undefined) return undefined;
      const hint = 'Leave --address and --volume out: the way back takes all that the swap took.';
      return swapFault('LF_SWAP_OTHER', stranger, 'it was not part of the swap of this pair', hint);
    }
    if (!isUnderWay(found) || (all.length === seen.length && all.every((id) => seen.includes(id)))) {
      return undefined;
    }
    const cause = `a swap of ${all.join(', ')} is under way`;
    const hint = 'Finish it with the command that began it, or take it back with --rollback.';
    return pairFault('LF_SWAP_OTHER', pair, cause, hint);
  }

  async #nothingToDo(): Promise<SwapEnd> {
    const { goal, isPlan } = this.#request;
    if (goal === 'green' || isPlan) return this.#end('nothing-to-do');
    if (this.#found?.phase === 'committed') await this.#note({ ...this.#found, phase: 'returned' });
    return this.#end('rolled-back');
  }

  async #probeBefore(): Promise<SwapEnd | undefined> {
    const { probe, goal } = this.#request;
    if (!probe || goal === 'blue') return undefined;
    if (!this.#request.isPlan) this.#parts.say(`probe ${probe.text}`);
    const said = await probeFails(probe, TRIES_BEFORE, this.#parts.patience);
    if (said === undefined) return undefined;
    if (this.#parts.patience.state() === 'stopped') return this.#interrupted('refused');
    const hint = 'Nothing was changed. See why green is not well.';
    return this.#refused([probeFault(probe, said, hint)]);
  }

  async #probeAfter(): Promise<SwapEnd | Fault | undefined> {
    const { probe } = this.#request;
    if (!probe) return undefined;
    const { patience, say } = this.#parts;
    say(`probe ${probe.text}`);
    const said = await probeFails(probe, TRIES_AFTER, patience);
    if (said === undefined) return undefined;
    const state = patience.state();
    if (state !== 'on') return this.#unfinished({ kind: state });
    return probeFault(probe, said, 'See why green is not well.');
  }

  async #quiesce(): Promise<SwapEnd | undefined> {
    const { quiesce, pair } = this.#request;
    if (quiesce === undefined) return undefined;
    const { patience, context } = this.#parts;
    this.#parts.say(`quiesce: ${quiesce}`);
    const command = { command: quiesce, pair, named: this.#named() };
    const said = await commandFails(command, patience, context);
    if (patience.state() === 'stopped') return this.#interrupted('refused');
    if (said === undefined) return undefined;
    const hint = 'Nothing was changed at EC2. What the command itself did is not undone.';
    return this.#refused([
      { code: 'LF_SWAP_QUIESCE', operation: 'quiesce by', subject: quiesce, cause: said, hint },
    ]);
  }

  /** Of a step that is over: that this cannot be noted is no reason to leave things where they are. */
  async #note(entry: SwapEntry): Promise<void> {
    try {
      await this.#journal?.write(entry);
    } catch (error) {
      this.#parts.say(describeFault(faultOf(error, 'write', 'the journal')));
    }
  }

  #unread(fault: Fault): SwapEnd {
    const isBegun = isUnderWay(this.#found) && !this.#request.isPlan;
    const state = this.#parts.patience.state();
    if (isBegun) return this.#unfinished(state === 'on' ? { kind: 'failed', fault } : { kind: state }, fault);
    if (state === 'stopped') return this.#interrupted('refused');
    const cause = state === 'late' ? `the time of --timeout is over: ${fault.cause}` : fault.cause;
    const subject = `${fault.subject} (${fault.operation})`;
    return this.#refused([swapFault('LF_SWAP_UNREAD', subject, cause, fault.hint), fault]);
  }

  #refused(faults: readonly Fault[]): SwapEnd {
    return this.#end('refused', faults);
  }

  #unfinished(passage: Passage, why?: Fault): SwapEnd {
    if (passage.kind === 'stopped') return this.#interrupted('unfinished');
    const { pair } = this.#request;
    const stands = this.#seen ? `: ${describeHoldings(this.#seen)}` : '';
    const cause =
      passage.kind === 'failed'
        ? `${passage.fault.subject}: ${passage.fault.cause}`
        : 'the time of --timeout is over';
    const busy = this.#seen?.volumes.some(({ attachments }) =>
      attachments.some(({ state }) => state === 'busy'),
    );
    const hint = busy
      ? 'Unmount on the instance what is still mounted, and run the same command again; nothing is ever forced.'
      : 'Run the same command again, and it carries on; --rollback brings everything back.';
    const fault = pairFault('LF_SWAP_UNFINISHED', pair, `${cause}${stands}`, hint);
    const causes = passage.kind === 'failed' ? [passage.fault] : [];
    const reasons = why && why !== causes[0] ? [why] : [];
    return this.#end('unfinished', [fault, ...causes, ...reasons]);
  }

  #interrupted(state: SwapState): SwapEnd {
    const stands = this.#seen && state === 'unfinished' ? `: ${describeHoldings(this.#seen)}` : '';
    const hint = 'Run the same command again: it goes on where it was.';
    return this.#end(state, [
      pairFault('LF_INTERRUPTED', this.#request.pair, `the command was stopped${stands}`, hint),
    ]);
  }

  #end(state: SwapState, faults: readonly Fault[] = []): SwapEnd {
    return { state, holdings: this.#seen, faults, steps: [], names: [] };
  }
}

function probeFault({ text }: Probe, cause: string, hint: string): Fault {
  return { code: 'LF_SWAP_PROBE', operation: 'probe', subject: text, cause, hint };
}

function unknownFault(pair: Pair): Fault {
  const hint =
    'Name the pair as the swap did (--from blue, --to green), and its --state-dir; or swap the other way.';
  return pairFault('LF_SWAP_UNKNOWN', pair, 'no swap of this pair is in the journal', hint);
}
