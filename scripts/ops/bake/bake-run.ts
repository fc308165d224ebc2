import { join } from 'node:path';
import type { Image } from '@aws-sdk/client-ec2';
import { describeFault, faultOf, type Fault } from '#kit/errors.ts';
import type { Outcome } from '#kit/outcome.ts';
import { withJournal } from '../across/journal.ts';
import { Attempt } from './attempt.ts';
import { baseOf, type Base } from './base-image.ts';
import type { BakeEc2 } from './bake-ec2.ts';
import type { BakeEnd } from './bake-end.ts';
import {
  ashore,
  awaitImage,
  BakeCourse,
  isOf,
  LEAST_MS,
  takenFault,
  tidy,
  workOf,
  type CourseParts,
} from './bake-course.ts';
import { bakeFault, BakeHalt, failed, goOn } from './bake-halt.ts';
import { journalPlace, readBakeEntry, type BakeEntry } from './bake-journal.ts';
import { BAKE_TAG, bakeId, isImageId, requestDigest, type BakeRequest } from './bake-request.ts';
import { builderId, builderOf } from './builder.ts';
import { undoBake, type Work } from './undoing.ts';
import { attachmentOf } from './work-volume.ts';

export interface BakeParts extends CourseParts {
  /** As `stateFolderOf` gives it. */
  readonly folder: string;
  /** This instance, by its metadata service. */
  readonly here: () => Promise<Outcome<string>>;
  /** A token that no other attempt has. */
  readonly newToken: () => string;
}

/** @throws LandfallError for a journal that cannot be used. */
export async function runBake(request: BakeRequest, parts: BakeParts): Promise<BakeEnd> {
  const place = journalPlace(parts.folder, request.region, request.name);
  const folder = join(place.folder, place.name);
  return await withJournal(place, readBakeEntry, request.isPlan, (found, journal) =>
    new BakeRun(request, parts, new Attempt(found, journal, folder, parts.say)).run(),
  );
}

/** One command: what is there already, what is in the way, and what becomes of a course that halts. */
class BakeRun {
  readonly #request: BakeRequest;
  readonly #parts: BakeParts;
  readonly #attempt: Attempt;
  readonly #id: string;

  constructor(request: BakeRequest, parts: BakeParts, attempt: Attempt) {
    this.#request = request;
    this.#parts = parts;
    this.#attempt = attempt;
    this.#id = bakeId(request);
  }

  async run(): Promise<BakeEnd> {
    try {
      return await this.#bake(workOf(this.#parts, this.#parts.patience));
    } catch (error) {
      return await this.#ended(error instanceof BakeHalt ? error : unforeseen(error, this.#request.name));
    }
  }

  async #bake(work: Work): Promise<BakeEnd> {
    const attempt = this.#attempt;
    const named = await work.ec2.imagesNamed(this.#request.name);
    const mine = named.find((image) => isOf(this.#id, image));
    if (mine && attempt.entry?.phase !== 'undoing' && isAlive(mine)) return await this.#standing(mine, work);

    attempt.entry ??= await this.#leftBehind(work.ec2);
    if (this.#request.isPlan) return await this.#plan(named, work.ec2);
    await this.#parts.leaveBeside();
    if (attempt.entry && !this.#carriesOn(attempt.entry)) await this.#undo(attempt.entry, work);

    const base = await this.#base(work.ec2);
    const builder = await builderOf(this.#request, work.ec2, this.#parts.here);
    if (!attempt.entry) {
      await this.#refuse(named, work.ec2);
      goOn(this.#parts.patience, this.#request.name);
      await this.#begin(builder.id);
    }
    await new BakeCourse(this.#request, this.#parts, attempt, base).run(builder, work);
    await ashore(this.#parts, LEAST_MS, (last) => tidy(attempt, last));
    return attempt.end('registered');
  }

  /** What stands in the way before anything is changed. */
  async #refuse(named: readonly Image[], ec2: BakeEc2): Promise<void> {
    const other = named.find((image) => !isOf(this.#id, image));
    if (other) throw failed(takenFault(this.#request.name, other));
    const { whatChanged } = this.#request;
    if (whatChanged !== undefined && isImageId(whatChanged)) {
      const before = baseOf(whatChanged, await ec2.image(whatChanged));
      if ('code' in before) throw failed(before);
    }
    const unready = await this.#parts.root.unready();
    if (unready) throw failed(unready);
  }

  async #begin(builder: string): Promise<void> {
    const { newToken, context } = this.#parts;
    await this.#attempt.note({
      version: 1,
      phase: 'making',
      id: this.#id,
      request: requestDigest(this.#request),
      token: newToken(),
      createdAt: new Date(context.clock.now()).toISOString().replace(/\.\d+Z$/, 'Z'),
      builder,
    });
  }

  /** It was registered: by a run that ended well, or by one that was killed right after. */
  async #standing(image: Image, work: Work): Promise<BakeEnd> {
    const attempt = this.#attempt;
    const { ImageId: id = '' } = image;
    attempt.shows(image);
    attempt.entry ??= await this.#leftBehind(work.ec2);
    if (!attempt.entry) {
      if (!this.#request.isPlan) await awaitImage(id, attempt, work);
      return attempt.end('registered');
    }
    if (this.#request.isPlan)
      return attempt.end('planned', [], [`delete ${attempt.entry.volume ?? 'the volume'}`]);
    this.#parts.say(`${id} is registered`);
    // Not to be undone any more by whatever ends this run.
    await attempt.note({ ...attempt.entry, phase: 'registered', image: id });
    await ashore(this.#parts, LEAST_MS, async (last) => {
      await awaitImage(id, attempt, last);
      await tidy(attempt, last);
    });
    return attempt.end('registered');
  }

  async #undo(entry: BakeEntry, work: Work): Promise<void> {
    this.#parts.say(`undo what an earlier run began at ${entry.createdAt}`);
    await this.#attempt.note({ ...entry, phase: 'undoing' });
    await undoBake(entry, this.#request.name, work, this.#parts.root);
    await this.#attempt.forget();
  }

  /** A journal may be lost, or lie on another machine; what was made carries its tag. */
  async #leftBehind(ec2: BakeEc2): Promise<BakeEntry | undefined> {
    const tagged = await ec2.volumesTagged(BAKE_TAG, this.#id);
    const volume = tagged.find(({ State }) => State !== 'deleting');
    if (!volume?.VolumeId) return undefined;
    const builder = await builderId(this.#request, this.#parts.here);
    const at = attachmentOf(volume)?.InstanceId;
    if (at !== undefined && at !== builder) {
      const cause = `${volume.VolumeId} of it is attached to ${at}`;
      const hint = `Let it end there, or finish it with --builder ${at}.`;
      throw failed(bakeFault('LF_BAKE_OTHER', this.#request.name, cause, hint));
    }
    return {
      version: 1,
      phase: 'undoing',
      id: this.#id,
      request: '',
      token: '',
      createdAt: volume.CreateTime?.toISOString() ?? 'some time',
      builder,
      volume: volume.VolumeId,
    };
  }

  /** Half of another request is not finished as if it were this one, nor is what only half became an image. */
  #carriesOn({ id, request, phase, builder }: BakeEntry): boolean {
    if (id !== this.#id || request !== requestDigest(this.#request)) return false;
    const isElsewhere = this.#request.builder !== undefined && this.#request.builder !== builder;
    // Registered, and no image is there: somebody was faster in removing it.
    return phase === 'sealed' || (phase === 'making' && !isElsewhere);
  }

  async #plan(named: readonly Image[], ec2: BakeEc2): Promise<BakeEnd> {
    const { entry } = this.#attempt;
    this.#attempt.entry = undefined;
    const base = await this.#base(ec2);
    const builder = await builderOf(this.#request, ec2, this.#parts.here);
    await this.#refuse(named, ec2);
    const { scan, name, device, whatChanged } = this.#request;
    const goesOn = entry !== undefined && this.#carriesOn(entry);
    const fill = [
      `create a volume of ${base.snapshot} in ${builder.zone}`,
      `attach it to ${builder.id}${device === undefined ? '' : ` as ${device}`}`,
      ...this.#parts.root.course,
      ...(whatChanged === undefined ? [] : [`compare it with ${whatChanged}`]),
      ...(scan === 'off' ? [] : ['scan it for other regions']),
    ];
    return this.#attempt.end(
      'planned',
      [],
      [
        ...(entry && !goesOn ? [`undo what an earlier run began at ${entry.createdAt}`] : []),
        ...(goesOn && entry.phase === 'sealed' ? [] : fill),
        'detach the volume',
        'take a snapshot of it',
        `register ${name}`,
        'delete the volume',
      ],
    );
  }

  async #base(ec2: BakeEc2): Promise<Base> {
    const base = baseOf(this.#request.base, await ec2.image(this.#request.base));
    if ('code' in base) throw failed(base);
    return base;
  }

  async #ended(halt: BakeHalt): Promise<BakeEnd> {
    const attempt = this.#attempt;
    const { entry } = attempt;
    const { say, root } = this.#parts;
    if (!entry || this.#request.isPlan) return this.#refused(halt);
    // An image that stands is not taken away again.
    if (halt.kind === 'late' || entry.phase === 'registered') return this.#unfinished(halt);
    say(`undo: ${halt.fault.subject}: ${halt.fault.cause}`);
    try {
      // Else the next run, if this one is killed, would go on with it.
      await attempt.note({ ...entry, phase: 'undoing' });
    } catch (error) {
      say(describeFault(faultOf(error, 'write', 'the journal')));
    }
    try {
      const leastMs = halt.kind === 'stopped' ? LEAST_MS : 0;
      await ashore(this.#parts, leastMs, (work) => undoBake(entry, this.#request.name, work, root));
      await attempt.forget();
    } catch (error) {
      const why = error instanceof BakeHalt ? error : unforeseen(error, this.#request.name);
      return this.#unfinished(why, halt);
    }
    attempt.image = null;
    attempt.snapshot = null;
    return attempt.end('undone', this.#undoneFaults(halt));
  }

  #undoneFaults({ kind, fault }: BakeHalt): readonly Fault[] {
    const { name } = this.#request;
    if (fault.code === 'LF_REGION_FOREIGN') return [fault];
    if (kind === 'stopped') {
      const cause = 'the command was stopped; nothing of it is left';
      return [bakeFault('LF_INTERRUPTED', name, cause, 'Run it again.')];
    }
    const cause = `nothing of it is left, since ${fault.operation} ${fault.subject}: ${fault.cause}`;
    return [bakeFault('LF_BAKE_UNDONE', name, cause, 'Put right what failed, and run it again.'), fault];
  }

  #refused({ kind, fault }: BakeHalt): BakeEnd {
    const { name } = this.#request;
    if (kind === 'stopped') {
      const cause = 'the command was stopped before anything was changed';
      return this.#attempt.end('refused', [bakeFault('LF_INTERRUPTED', name, cause, 'Run it again.')]);
    }
    if (REFUSALS.has(fault.code)) return this.#attempt.end('refused', [fault]);
    const cause = kind === 'late' ? `the time of --timeout is over: ${fault.cause}` : fault.cause;
    return this.#attempt.end('refused', [bakeFault('LF_BAKE_UNREAD', name, cause, fault.hint), fault]);
  }

  #unfinished({ kind, fault }: BakeHalt, why?: BakeHalt): BakeEnd {
    const attempt = this.#attempt;
    const { volume, phase, snapshot, image } = attempt.begun;
    attempt.snapshot = snapshot ?? attempt.snapshot;
    attempt.image = image ?? attempt.image;
    const stands = [
      ...(volume === undefined ? [] : [`volume ${volume}`]),
      ...(attempt.snapshot === null ? [] : [`snapshot ${attempt.snapshot}`]),
      ...(attempt.image === null ? [] : [`image ${attempt.image}`]),
    ];
    const left = stands.length > 0 ? `; what stands (${phase}): ${stands.join(', ')}` : '';
    const cause = kind === 'late' ? 'the time of --timeout is over' : `${fault.subject}: ${fault.cause}`;
    const hint = 'Run the same command again, and it carries on.';
    const first = bakeFault('LF_BAKE_UNFINISHED', this.#request.name, `${cause}${left}`, hint);
    return attempt.end('unfinished', [first, fault, ...(why ? [why.fault] : [])]);
  }
}

/** What is a refusal by itself; anything else before the first change is something that could not be read. */
const REFUSALS: ReadonlySet<string> = new Set([
  'LF_BAKE_BASE',
  'LF_BAKE_BUILDER',
  'LF_BAKE_NAME',
  'LF_BAKE_OTHER',
]);

function isAlive({ State }: Image): boolean {
  return State === 'available' || State === 'pending' || State === 'disabled';
}

function unforeseen(error: unknown, name: string): BakeHalt {
  return failed(faultOf(error, 'bake', name));
}
