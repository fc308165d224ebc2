import type { Route53Client } from '@aws-sdk/client-route-53';
import type { Fault, FaultCode } from '#kit/errors.ts';
import { passes } from '../across/answer.ts';
import { withJournal, type Journal } from '../across/journal.ts';
import { askResolvers, type Resolution } from '../across/resolvers.ts';
import { cutoverPlace, readCutoverEntry, type CutoverEntry } from './cutover-journal.ts';
import { changeRecord, readRecord, type DnsRecord, type FoundRecord } from './dns-record.ts';
import {
  readCopies,
  readKeys,
  readParameters,
  readReleases,
  readScans,
  readSmoke,
  type PreparationParts,
} from './preparation.ts';
import {
  answeredStep,
  describeWait,
  isAt,
  recordSteps,
  strangeRecord,
  waitMs,
  type TtlWait,
} from './name-steps.ts';
import { STEPS, type StepName, type StepReading } from './step.ts';

export interface CutoverRequest {
  /** `look`: what `plan` and `check` do. `back`: the way back. */
  readonly aim: 'look' | 'move' | 'back';
  /** The last step that is made. */
  readonly until: StepName;
}

export interface CutoverParts extends PreparationParts {
  readonly route53: Route53Client;
}

export type CutoverState =
  | 'ready'
  | 'blocked'
  | 'prepared'
  | 'nothing-to-do'
  | 'moved'
  | 'rolled-back'
  | 'refused'
  | 'unfinished';

export interface CutoverEnd {
  readonly state: CutoverState;
  readonly steps: readonly StepReading[];
  /** When a step was first seen to be done, epoch ms. */
  readonly doneAt: Readonly<Record<string, number>>;
  /** Empty for a good end. The first one gives the exit code. */
  readonly faults: readonly Fault[];
}

/** @throws LandfallError for a journal or a file that cannot be used. */
export async function runCutover(request: CutoverRequest, parts: CutoverParts): Promise<CutoverEnd> {
  const place = cutoverPlace(parts.folder, parts.book);
  const { aim } = request;
  return await withJournal(place, readCutoverEntry, aim === 'look', async (found, journal) => {
    const run = new CutoverRun(request, parts, found, journal);
    if (aim === 'look') return await run.look();
    return await (aim === 'back' ? run.back() : run.move());
  });
}

/** Asked so often and contradicted each time, it is no reading that is late. */
const MOST_CONTRADICTIONS = 6;
/** Route 53 says that the record, or the zone, is not as it was just read. */
const CONTRADICTIONS: ReadonlySet<string> = new Set(['InvalidChangeBatch', 'PriorRequestNotComplete']);

type Brought = { readonly kind: 'there' } | { readonly kind: 'failed'; readonly fault: Fault };

/** One command: it holds what was last seen of each step, which every end tells. */
class CutoverRun {
  readonly #request: CutoverRequest;
  readonly #parts: CutoverParts;
  readonly #journal: Journal<CutoverEntry> | undefined;
  readonly #steps = new Map<StepName, StepReading>();
  #entry: CutoverEntry;
  readonly #isUnderWay: boolean;

  constructor(
    request: CutoverRequest,
    parts: CutoverParts,
    found: CutoverEntry | undefined,
    journal: Journal<CutoverEntry> | undefined,
  ) {
    this.#request = request;
    this.#parts = parts;
    this.#journal = journal;
    this.#isUnderWay = found !== undefined && found.phase !== 'returned';
    this.#entry = this.#isUnderWay && found ? found : { version: 1, phase: 'moving', doneAt: {} };
  }

  /** What `plan` and `check` tell: every step, with calls that only read. */
  async look(): Promise<CutoverEnd> {
    const record = await this.#record();
    await this.#prepare(true);
    this.#see(await readSmoke(this.#parts));
    this.#seeRecord(record);
    const { to } = this.#parts.book.dns;
    this.#see(answeredStep(await this.#resolutions(), to, isAt(record, to)));
    const faults = this.#blockedFaults();
    return this.#end(faults.length === 0 ? 'ready' : 'blocked', faults);
  }

  async move(): Promise<CutoverEnd> {
    const { phase } = this.#entry;
    if (phase === 'undoing') return await this.#undo(this.#entry.why ?? 'an earlier run met a failure');
    let record = await this.#record();
    const wasMoved = isAt(record, this.#parts.book.dns.to);
    if (!wasMoved) {
      const unready = await this.#ready(record);
      if (unready) return unready;
      if (this.#request.until === 'smoke') return this.#end('prepared');
      const lowered = await this.#lower();
      if (lowered) return lowered;
      if (this.#request.until === 'ttl') return this.#end('prepared');
      const waited = await this.#wait();
      if (waited) return waited;
      record = await this.#record();
      const { dns } = this.#parts.book;
      const brought = await this.#bring('switch', { values: dns.to, ttl: dns.ttl });
      if (brought.kind === 'failed') return this.#unfinished(brought.fault);
    }
    this.#seeRecord(await this.#record());
    await this.#done('switch');
    const late = await this.#verify(this.#parts.book.dns.to);
    if (late) return late;
    const smoke = await readSmoke(this.#parts);
    this.#see(smoke);
    if (this.#parts.patience.state() === 'stopped') return this.#interrupted('unfinished');
    if (smoke.state === 'blocked' && this.#entry.phase === 'moving') return await this.#undo(smoke.detail);
    if (smoke.fault)
      return this.#end('unfinished', [this.#fault('LF_CUTOVER_UNFINISHED', smoke.detail), smoke.fault]);
    const isNews = !wasMoved || this.#entry.phase !== 'moved';
    await this.#note({ phase: 'moved' });
    return this.#end(isNews ? 'moved' : 'nothing-to-do');
  }

  /** By an operator, whether it was finished or not. Configuration and copies stay where they are: they harm nobody. */
  async back(): Promise<CutoverEnd> {
    const { dns } = this.#parts.book;
    const record = await this.#record();
    const now = typeof record === 'object' && 'ttl' in record ? record.ttl : dns.ttl;
    const ttl = this.#entry.oldTtl ?? now;
    if (!isAt(record, dns.from) || now !== ttl) {
      await this.#note({ phase: 'returning' });
      const brought = await this.#bring('switch', { values: dns.from, ttl });
      if (brought.kind === 'failed') return this.#unfinished(brought.fault);
    }
    this.#seeRecord(await this.#record());
    const late = await this.#verify(dns.from);
    if (late) return late;
    await this.#note({ phase: 'returned' });
    return this.#end('rolled-back');
  }

  /** Everything that has to be as it should before the name is touched: undefined, or why not. */
  async #ready(record: FoundRecord | Fault): Promise<CutoverEnd | undefined> {
    const { patience } = this.#parts;
    this.#seeRecord(record);
    const copies = await this.#prepare(true);
    this.#see(await readSmoke(this.#parts));
    if (patience.state() === 'stopped') return this.#interrupted('refused');
    const standing = this.#blockedFaults();
    if (standing.length > 0) return this.#end('refused', standing);
    if (copies.state !== 'due') return undefined;
    this.#parts.say(`copies: ${copies.detail}`);
    const made = await this.#prepare(false);
    if (patience.state() === 'stopped') return this.#interrupted('unfinished');
    const [fault] = this.#blockedFaults();
    if (fault) return this.#unfinished(fault);
    if (made.state === 'due') return this.#unfinished(this.#fault('LF_CUTOVER_UNFINISHED', made.detail));
    return undefined;
  }

  async #prepare(isPlan: boolean): Promise<StepReading> {
    const { reading, images } = await readCopies(this.#parts, isPlan);
    const others = isPlan
      ? [readReleases(this.#parts), readParameters(this.#parts), readKeys(this.#parts)]
      : [];
    for (const step of await Promise.all([readScans(this.#parts, images), ...others])) this.#see(step);
    this.#see(reading);
    return reading;
  }

  async #lower(): Promise<CutoverEnd | undefined> {
    const { dns } = this.#parts.book;
    const record = await this.#record();
    if (typeof record !== 'object' || 'code' in record) return this.#unfinished(this.#recordFault(record));
    if (record.ttl > dns.ttl) {
      // Before the change: afterwards nobody can see what it was.
      await this.#note({ phase: 'moving', oldTtl: record.ttl });
      const brought = await this.#bring('ttl', { values: dns.from, ttl: dns.ttl });
      if (brought.kind === 'failed') return this.#unfinished(brought.fault);
    }
    if (this.#entry.oldTtl !== undefined && this.#entry.loweredAt === undefined)
      await this.#note({ loweredAt: this.#parts.context.clock.now() });
    this.#seeRecord(await this.#record());
    await this.#done('ttl');
    return undefined;
  }

  /** Until nobody has the record any more as it was before its TTL was lowered. */
  async #wait(): Promise<CutoverEnd | undefined> {
    const { patience, say, context } = this.#parts;
    const ms = waitMs(this.#ttlWait());
    if (ms > 0) {
      const detail = describeWait(this.#ttlWait());
      this.#see({ step: 'wait', state: 'waiting', detail });
      if (ms >= patience.remainingMs()) {
        const hint = 'Run the same command again then, or give it more time with --timeout.';
        return this.#unfinished(this.#fault('LF_CUTOVER_UNFINISHED', detail, hint));
      }
      say(`wait: ${detail}`);
      for (const until = context.clock.monotonic() + ms; context.clock.monotonic() < until;)
        if ((await patience.sleep(until - context.clock.monotonic())) === 'stopped')
          return this.#interrupted('unfinished');
      // The service may have changed while the clock ran.
      const smoke = await readSmoke(this.#parts);
      this.#see(smoke);
      if (smoke.fault) return this.#unfinished(smoke.fault);
    }
    this.#see({ step: 'wait', state: 'done', detail: describeWait(this.#ttlWait()) });
    await this.#done('wait');
    return undefined;
  }

  /** Until every resolver says so, as long as there is time. */
  async #verify(values: readonly string[]): Promise<CutoverEnd | undefined> {
    const { patience, say } = this.#parts;
    let said = '';
    for (;;) {
      const reading = answeredStep(await this.#resolutions(), values, true);
      this.#see(reading);
      if (reading.state === 'done') {
        await this.#done('verify');
        return undefined;
      }
      if (reading.detail !== said) say(`verify: ${reading.detail}`);
      said = reading.detail;
      const now = await patience.sleep(patience.pollMs);
      if (now === 'stopped') return this.#interrupted('unfinished');
      if (now === 'late') return this.#unfinished(this.#fault('LF_CUTOVER_UNFINISHED', `verify: ${said}`));
    }
  }

  /** The switch was made, and the service is not well: the name leads back, with the TTL that it has now. */
  async #undo(why: string): Promise<CutoverEnd> {
    const { dns, service, from } = this.#parts.book;
    this.#parts.say(`back to ${from}: ${why}`);
    await this.#note({ phase: 'undoing', why });
    const brought = await this.#bring('switch', { values: dns.from, ttl: dns.ttl });
    if (brought.kind === 'failed') return this.#unfinished(brought.fault);
    this.#seeRecord(await this.#record());
    await this.#note({ phase: 'returned' });
    const hint = `Resolvers follow within ${dns.ttl}s. Put right what failed, and run it again.`;
    const cause = `${dns.name} leads to ${from} again, since ${why}`;
    return this.#end('rolled-back', [
      { code: 'LF_CUTOVER_UNDONE', operation: 'cut over', subject: service, cause, hint },
    ]);
  }

  /** Looks, asks, and looks again: an answer is never believed, for a lost one may have taken effect. */
  async #bring(step: StepName, to: DnsRecord): Promise<Brought> {
    const { route53, book, patience, say } = this.#parts;
    const { dns } = book;
    say(`${step}: ${dns.name} ${dns.type} ${to.values.join(' ')}, TTL ${to.ttl}s`);
    let contradictions = 0;
    let refused: Fault | undefined;
    for (;;) {
      const record = await this.#record();
      if (typeof record !== 'object' || 'code' in record)
        return { kind: 'failed', fault: this.#recordFault(record) };
      if (isAt(record, to.values) && record.ttl === to.ttl) return { kind: 'there' };
      if (!isAt(record, dns.from) && !isAt(record, dns.to))
        return { kind: 'failed', fault: this.#recordFault(record) };
      if (refused) return { kind: 'failed', fault: refused };
      const answer = await changeRecord(route53, dns, record, to);
      if (answer.kind === 'refused' && !passes(answer)) {
        if (CONTRADICTIONS.has(answer.code)) contradictions += 1;
        // Whether it took effect all the same shows in the next look.
        if (!CONTRADICTIONS.has(answer.code) || contradictions > MOST_CONTRADICTIONS) refused = answer.fault;
      }
      const now = answer.kind === 'ok' ? patience.state() : await patience.sleep(patience.pollMs);
      if (now !== 'on' && answer.kind !== 'ok')
        return {
          kind: 'failed',
          fault: this.#fault('LF_CUTOVER_UNFINISHED', `${step} was not seen to be done`),
        };
    }
  }

  async #record(): Promise<FoundRecord | Fault> {
    const { route53, book, patience } = this.#parts;
    const answer = await readRecord(route53, book.dns, patience);
    return answer.kind === 'ok' ? answer.value : answer.fault;
  }

  #recordFault(record: FoundRecord | Fault): Fault {
    if (typeof record === 'object' && 'code' in record) return record;
    return (
      strangeRecord(record, this.#parts.book.dns).fault ??
      this.#fault('LF_CUTOVER_UNFINISHED', 'the record could not be used')
    );
  }

  #seeRecord(record: FoundRecord | Fault): void {
    for (const step of recordSteps(record, this.#parts.book.dns, this.#ttlWait())) this.#see(step);
  }

  #ttlWait(): TtlWait {
    const { oldTtl, loweredAt } = this.#entry;
    return { oldTtl, loweredAt, now: this.#parts.context.clock.now() };
  }

  /** Of a CNAME resolvers are asked for what it leads to, and so are they for the values. */
  async #resolutions(): Promise<readonly Resolution[]> {
    const { dns } = this.#parts.book;
    return await askResolvers(dns.name, dns.resolvers, this.#parts.patience.signal, dns.type);
  }

  #see(reading: StepReading): void {
    this.#steps.set(reading.step, reading);
  }

  async #done(step: StepName): Promise<void> {
    if (this.#entry.doneAt[step] !== undefined) return;
    await this.#note({ doneAt: { ...this.#entry.doneAt, [step]: this.#parts.context.clock.now() } });
  }

  async #note(more: Partial<CutoverEntry>): Promise<void> {
    this.#entry = { ...this.#entry, ...more };
    await this.#journal?.write(this.#entry);
  }

  #blockedFaults(): readonly Fault[] {
    return STEPS.flatMap((step) => this.#steps.get(step)?.fault ?? []);
  }

  #fault(
    code: FaultCode,
    cause: string,
    hint = 'Run the same command again, and it carries on; --rollback leads back.',
  ): Fault {
    return { code, operation: 'cut over', subject: this.#parts.book.service, cause, hint };
  }

  #unfinished(fault: Fault): CutoverEnd {
    if (this.#parts.patience.state() === 'stopped') return this.#interrupted('unfinished');
    if (fault.code === 'LF_CUTOVER_UNFINISHED') return this.#end('unfinished', [fault]);
    const cause = `${fault.subject}: ${fault.cause}`;
    return this.#end('unfinished', [this.#fault('LF_CUTOVER_UNFINISHED', cause), fault]);
  }

  #interrupted(state: CutoverState): CutoverEnd {
    return this.#end(state, [
      this.#fault('LF_INTERRUPTED', 'the command was stopped', 'Run the same command again.'),
    ]);
  }

  #end(state: CutoverState, faults: readonly Fault[] = []): CutoverEnd {
    const steps = STEPS.flatMap((step) => this.#steps.get(step) ?? []);
    return { state, steps, doneAt: this.#entry.doneAt, faults };
  }
}
