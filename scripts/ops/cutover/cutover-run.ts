import type { Route53Client } from '@aws-sdk/client-route-53';
import type { Fault, FaultCode } from '#kit/errors.ts';
import { withJournal, type Journal } from '../across/journal.ts';
import type { CutoverEnd, CutoverRequest, CutoverState } from './cutover-end.ts';
import { cutoverPlace, readCutoverEntry, type CutoverEntry } from './cutover-journal.ts';
import { endMaintenance, setMaintenance } from './maintenance-flag.ts';
import { createNameSwitch, faultOf, type NameSwitch } from './name-switch.ts';
import {
  answeredStep,
  describeWait,
  isAt,
  nameSteps,
  waitMs,
  type NameReading,
  type TtlWait,
} from './name-steps.ts';
import { noticeDigest } from './notice.ts';
import {
  readCopies,
  readKeys,
  readParameters,
  readReleases,
  readScans,
  readSmoke,
  type PreparationParts,
} from './preparation.ts';
import { endRehearsal, readRehearsal, rehearse } from './rehearsal-run.ts';
import type { Side } from './runbook-name.ts';
import { STEPS, type StepName, type StepReading } from './step.ts';
import { tellUsers, userSteps } from './user-steps.ts';

export interface CutoverParts extends PreparationParts {
  readonly route53: Route53Client;
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

/** One command: it holds what was last seen of each step, which every end tells. */
class CutoverRun {
  readonly #request: CutoverRequest;
  readonly #parts: CutoverParts;
  readonly #journal: Journal<CutoverEntry> | undefined;
  readonly #name: NameSwitch;
  readonly #steps = new Map<StepName, StepReading>();
  #entry: CutoverEntry;
  /** Nobody noted here what was done: another machine may have. */
  readonly #isBlind: boolean;

  constructor(
    request: CutoverRequest,
    parts: CutoverParts,
    found: CutoverEntry | undefined,
    journal: Journal<CutoverEntry> | undefined,
  ) {
    this.#request = request;
    this.#parts = parts;
    this.#journal = journal;
    this.#name = createNameSwitch({ ...parts, dns: parts.book.dns });
    this.#isBlind = found === undefined;
    this.#entry = found && found.phase !== 'returned' ? found : { version: 1, phase: 'moving', doneAt: {} };
  }

  /** What `plan` and `check` tell: every step, with calls that only read. */
  async look(): Promise<CutoverEnd> {
    const name = await this.#name.read();
    await this.#prepare(true);
    await this.#seeRest(name);
    const isThere = isAt(name, this.#parts.book.dns, 'to');
    this.#see(answeredStep(await this.#name.answers('to'), this.#parts.book.dns, 'to', isThere));
    const faults = this.#blockedFaults();
    return this.#end(faults.length === 0 ? 'ready' : 'blocked', faults);
  }

  async move(): Promise<CutoverEnd> {
    if (this.#entry.phase === 'undoing')
      return await this.#undo(this.#entry.why ?? 'an earlier run met a failure');
    const { book } = this.#parts;
    const wasMoved = isAt(await this.#name.read(), book.dns, 'to');
    if (!wasMoved) {
      const before: readonly (readonly [StepName, () => Promise<CutoverEnd | undefined>])[] = [
        ['smoke', () => this.#ready()],
        ['rehearsal', () => this.#rehearse()],
        ['notice', () => this.#tell()],
        ['ttl', () => this.#lower()],
        ['wait', () => this.#wait()],
        ['maintenance', () => this.#close()],
      ];
      for (const [step, make] of before) {
        const halted = await make();
        if (halted) return halted;
        if (this.#request.until === step) return this.#end('prepared');
      }
      const refused = await this.#name.bring('switch', 'to', book.dns.ttl);
      if (refused) return this.#unfinished(refused);
    }
    this.#seeName(await this.#name.read());
    await this.#done('switch');
    const late = await this.#verify('to');
    if (late) return late;
    const smoke = await readSmoke(this.#parts);
    this.#see(smoke);
    if (this.#parts.patience.state() === 'stopped') return this.#interrupted('unfinished');
    if (smoke.state === 'blocked' && this.#entry.phase === 'moving') return await this.#undo(smoke.detail);
    if (smoke.fault)
      return this.#end('unfinished', [this.#fault('LF_CUTOVER_UNFINISHED', smoke.detail), smoke.fault]);
    const isNews = !wasMoved || this.#entry.phase !== 'moved';
    await this.#note({ phase: 'moved' });
    const closed = this.#entry.doneAt['reopen'] === undefined ? await this.#reopen() : undefined;
    if (closed) return this.#unfinished(closed);
    return this.#end(isNews ? 'moved' : 'nothing-to-do');
  }

  /** By an operator, whether it was finished or not. Configuration and copies stay where they are: they harm nobody. */
  async back(): Promise<CutoverEnd> {
    const { dns, rehearsal } = this.#parts.book;
    const name = await this.#name.read();
    const now = name.kind === 'records' ? name.ttl : undefined;
    const ttl = this.#entry.oldTtl ?? now ?? dns.ttl;
    if (!isAt(name, dns, 'from') || (now ?? ttl) !== ttl) {
      await this.#note({ phase: 'returning' });
      const refused = await this.#name.bring('switch', 'from', ttl);
      if (refused) return this.#unfinished(refused);
    }
    this.#seeName(await this.#name.read());
    const late = await this.#verify('from');
    if (late) return late;
    const left =
      (this.#entry.closedUntil !== undefined || this.#isBlind ? await this.#reopen() : undefined) ??
      (rehearsal ? await endRehearsal(this.#parts, rehearsal) : undefined);
    if (left) return this.#unfinished(left);
    await this.#note({ phase: 'returned' });
    return this.#end('rolled-back');
  }

  /** Everything that has to be as it should before the name is touched: undefined, or why not. */
  async #ready(): Promise<CutoverEnd | undefined> {
    const name = await this.#name.read();
    const copies = await this.#prepare(true);
    await this.#seeRest(name);
    if (this.#parts.patience.state() === 'stopped') return this.#interrupted('refused');
    const standing = this.#blockedFaults();
    if (standing.length > 0) return this.#end('refused', standing);
    return copies.state === 'due' ? await this.#copy(copies) : undefined;
  }

  async #copy({ detail }: StepReading): Promise<CutoverEnd | undefined> {
    this.#parts.say(`copies: ${detail}`);
    const made = await this.#prepare(false);
    if (this.#parts.patience.state() === 'stopped') return this.#interrupted('unfinished');
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

  /** A copy of production's data under another name, asked and taken away again, also when it was not well. */
  async #rehearse(): Promise<CutoverEnd | undefined> {
    const { rehearsal } = this.#parts.book;
    if (!rehearsal) return undefined;
    const unwell =
      this.#entry.doneAt['rehearsal'] === undefined ? await rehearse(this.#parts, rehearsal) : undefined;
    if (this.#parts.patience.state() !== 'on')
      return this.#unfinished(unwell ?? this.#fault('LF_CUTOVER_UNFINISHED', 'the rehearsal is under way'));
    if (!unwell) await this.#done('rehearsal');
    const left = await endRehearsal(this.#parts, rehearsal);
    const fault = unwell ?? left;
    if (fault) return this.#unfinished(fault);
    this.#see(await readRehearsal(this.#parts, true));
    return undefined;
  }

  async #tell(): Promise<CutoverEnd | undefined> {
    const { notice } = this.#parts.book;
    if (!notice) return undefined;
    const told = noticeDigest(notice);
    if (this.#entry.told !== told) {
      const untold = await tellUsers(notice, this.#parts);
      if (untold) return this.#unfinished(untold);
      const doneAt = { ...this.#entry.doneAt, notice: this.#parts.context.clock.now() };
      await this.#note({ told, doneAt });
    }
    this.#seeUsers(false);
    return undefined;
  }

  async #lower(): Promise<CutoverEnd | undefined> {
    const { dns } = this.#parts.book;
    const name = await this.#name.read();
    if (name.kind !== 'records') return this.#unfinished(faultOf(name, dns));
    if (name.ttl !== undefined && name.ttl > dns.ttl) {
      // Before the change: afterwards nobody can see what it was.
      await this.#note({ phase: 'moving', oldTtl: name.ttl });
      const refused = await this.#name.bring('ttl', 'from', dns.ttl);
      if (refused) return this.#unfinished(refused);
    }
    if (this.#entry.oldTtl !== undefined && this.#entry.loweredAt === undefined)
      await this.#note({ loweredAt: this.#parts.context.clock.now() });
    this.#seeName(await this.#name.read());
    await this.#done('ttl');
    return undefined;
  }

  /** Until nobody has the record any more as it was before its TTL was lowered, and until the time that users were told. */
  async #wait(): Promise<CutoverEnd | undefined> {
    const { patience, say, context } = this.#parts;
    for (let ms = waitMs(this.#ttlWait()); ms > 0; ms = waitMs(this.#ttlWait())) {
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

  /** The old side says that it is being maintained, and what changed since is copied: then nothing that is written is lost. */
  async #close(): Promise<CutoverEnd | undefined> {
    const { book, patience, context, say } = this.#parts;
    const { maintenance } = book;
    if (!maintenance) return undefined;
    const { clock } = context;
    if ((this.#entry.closedUntil ?? 0) <= clock.now()) {
      say(`maintenance: ${maintenance.key} on tag:${maintenance.tag}=${maintenance.tagValue}`);
      const closedUntil = clock.now() + maintenance.forMs;
      const set = await setMaintenance(maintenance, book, patience, context);
      if (set.kind === 'failed') return this.#unfinished(set.fault);
      await this.#note({ closedUntil });
      await this.#done('maintenance');
    }
    this.#seeUsers(false);
    const copies = await this.#prepare(true);
    const [blocked] = this.#blockedFaults();
    if (blocked) return this.#unfinished(blocked);
    const halted = copies.state === 'due' ? await this.#copy(copies) : undefined;
    if (halted) return halted;
    if ((this.#entry.closedUntil ?? 0) > clock.now()) return undefined;
    const cause = `${maintenance.key} ended by itself while what changed was copied`;
    return this.#unfinished(
      this.#fault('LF_CUTOVER_UNFINISHED', cause, 'Give maintenance.for more, and run it again.'),
    );
  }

  /** Undefined once the old side is as before, else why not. */
  async #reopen(): Promise<Fault | undefined> {
    const { book, patience, context, say } = this.#parts;
    const { maintenance } = book;
    if (!maintenance) return undefined;
    say(`reopen: ${maintenance.key} off tag:${maintenance.tag}=${maintenance.tagValue}`);
    const end = await endMaintenance(maintenance, book, patience, context);
    if (end.kind === 'failed') return end.fault;
    const { closedUntil: _, ...entry } = this.#entry;
    this.#entry = entry;
    await this.#done('reopen');
    this.#seeUsers(this.#entry.phase === 'moved');
    return undefined;
  }

  /** Until every resolver says so, as long as there is time. */
  async #verify(side: Side): Promise<CutoverEnd | undefined> {
    const { patience, say, book } = this.#parts;
    let said = '';
    for (;;) {
      const reading = answeredStep(await this.#name.answers(side), book.dns, side, true);
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
    const refused = await this.#name.bring('switch', 'from', dns.ttl);
    if (refused) return this.#unfinished(refused);
    this.#seeName(await this.#name.read());
    const closed = this.#entry.closedUntil === undefined ? undefined : await this.#reopen();
    if (closed) return this.#unfinished(closed);
    await this.#note({ phase: 'returned' });
    const hint = `Resolvers follow within ${dns.ttl}s. Put right what failed, and run it again.`;
    const cause = `${dns.name} leads to ${from} again, since ${why}`;
    return this.#end('rolled-back', [
      { code: 'LF_CUTOVER_UNDONE', operation: 'cut over', subject: service, cause, hint },
    ]);
  }

  #seeName(name: NameReading): void {
    for (const step of nameSteps(name, this.#parts.book.dns, this.#ttlWait())) this.#see(step);
    this.#seeUsers(isAt(name, this.#parts.book.dns, 'to'));
  }

  #seeUsers(isSwitched: boolean): void {
    const seen = { isSwitched, now: this.#parts.context.clock.now() };
    for (const step of userSteps(this.#parts.book, this.#entry, seen)) this.#see(step);
  }

  /** What is neither prepared nor asked of resolvers. */
  async #seeRest(name: NameReading): Promise<void> {
    this.#see(await readSmoke(this.#parts));
    const isSwitched = isAt(name, this.#parts.book.dns, 'to');
    const isOver = isSwitched || this.#entry.doneAt['rehearsal'] !== undefined;
    this.#see(await readRehearsal(this.#parts, isOver));
    this.#seeName(name);
  }

  #ttlWait(): TtlWait {
    const { oldTtl, loweredAt } = this.#entry;
    const { book, context } = this.#parts;
    return { oldTtl, loweredAt, announcedAt: book.notice?.at, now: context.clock.now() };
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
