import type { Image } from '@aws-sdk/client-ec2';
import type { Answer } from '../across/answer.ts';
import { createPatience, type Patience } from '../across/patience.ts';
import { SCANNED_TAG } from '../across/scan-tag.ts';
import type { OpsContext } from '../console/context.ts';
import type { Attempt } from './attempt.ts';
import { attributeDifferences, registrationOf, type Base } from './base-image.ts';
import { tagList, tagsOf, type BakeEc2, type Builder } from './bake-ec2.ts';
import { bakeFault, failed, goOn } from './bake-halt.ts';
import { BAKE_TAG, bakeTags, type BakeRequest } from './bake-request.ts';
import { bringAbout, type Sight } from './bring-about.ts';
import type { RootKeeper } from './image-root.ts';
import type { RootScan } from './root-scan.ts';
import { removeOtherSnapshots, type Work } from './undoing.ts';
import { createWorkVolumes } from './work-volume.ts';

/** What a course needs beside EC2. */
export interface CourseParts {
  readonly ec2: (patience: Patience) => BakeEc2;
  readonly context: OpsContext;
  readonly patience: Patience;
  /** A line for whoever watches. */
  readonly say: (line: string) => void;
  readonly root: RootKeeper;
  readonly scan: (path: string) => Promise<RootScan>;
  /** What differs from an image before, as the text of a document; undefined: nobody asked. */
  readonly changes: ((path: string) => Promise<string>) | undefined;
  /** Takes away what a killed run left of a look at an image beside this one. @throws BakeHalt. */
  readonly leaveBeside: () => Promise<void>;
}

/** From a base's snapshot to an image; it begins wherever the attempt stands. */
export class BakeCourse {
  readonly #request: BakeRequest;
  readonly #parts: CourseParts;
  readonly #attempt: Attempt;
  readonly #base: Base;

  constructor(request: BakeRequest, parts: CourseParts, attempt: Attempt, base: Base) {
    this.#request = request;
    this.#parts = parts;
    this.#attempt = attempt;
    this.#base = base;
  }

  /** Up to an image that is available; only its volume is left then. @throws BakeHalt. */
  async run(builder: Builder, work: Work): Promise<void> {
    const attempt = this.#attempt;
    const { findings = 0, digest = null } = attempt.begun;
    attempt.scan = { findings, digest };
    if (attempt.begun.phase === 'making') {
      await this.#makeVolume(builder, work);
      await this.#fill();
    }
    const { volume = '' } = attempt.begun;
    await work.volumes.detach(volume);
    const snapshot = await this.#takeSnapshot(volume, work);
    const image = await this.#register(snapshot, work);
    attempt.differences = attributeDifferences(this.#base.image, image);
    for (const difference of attempt.differences) this.#parts.say(`warning: ${attempt.image}: ${difference}`);
    await attempt.note({ ...attempt.begun, phase: 'registered', image: attempt.image ?? '' });
  }

  async #makeVolume(builder: Builder, { volumes }: Work): Promise<void> {
    const attempt = this.#attempt;
    const { token, id } = attempt.begun;
    const { creator, device } = this.#request;
    const tags = new Map([
      [BAKE_TAG, id],
      ['base_ami_id', this.#base.id],
      ['creator', creator],
    ]);
    const noted = (volume: string): Promise<void> => attempt.note({ ...attempt.begun, volume });
    const wanted = { snapshot: this.#base.snapshot, zone: builder.zone, tags, token };
    const volume = await volumes.create(wanted, noted);
    const attached = await volumes.attach(volume, builder, device);
    await attempt.note({ ...attempt.begun, device: attached, phase: 'provisioning' });
  }

  /** What makes the volume of a base the volume of an image. */
  async #fill(): Promise<void> {
    const { root, patience, say } = this.#parts;
    const { provision, name } = this.#request;
    const attempt = this.#attempt;
    const { volume = '', device = '' } = attempt.begun;
    const noted = (mountPoint: string): Promise<void> => attempt.note({ ...attempt.begun, mountPoint });
    const opened = await root.open({ id: volume, device }, noted, patience);
    try {
      say(`run ${provision.path} in ${opened.path}`);
      const cause = await opened.provision(patience);
      goOn(patience, name);
      if (cause !== undefined)
        throw failed(bakeFault('LF_BAKE_PROVISION', provision.path, cause, 'See what it said above.'));
      await this.#look(opened.path);
    } finally {
      await opened.close();
    }
    goOn(patience, name);
    const { mountPoint: _left, ...entry } = attempt.begun;
    await attempt.note({ ...entry, phase: 'sealed', ...attempt.scan });
  }

  async #look(path: string): Promise<void> {
    const { changes, patience, say } = this.#parts;
    const { scan, name, whatChanged } = this.#request;
    const attempt = this.#attempt;
    if (changes) {
      say(`compare with ${whatChanged ?? 'what was before'}`);
      await attempt.keep('changes', await interruptibly(changes(path), patience, name));
    }
    if (scan === 'off') return;
    say(`scan ${path}`);
    const seen = await interruptibly(this.#parts.scan(path), patience, name);
    attempt.scan = { findings: seen.findings, digest: seen.digest };
    await attempt.keep('report', seen.report);
    this.#judge(seen);
  }

  /** @throws BakeHalt for what the scan cannot vouch for. */
  #judge({ findings, digest, lines, unvouched }: RootScan): void {
    const { region, name } = this.#request;
    const { say } = this.#parts;
    if (findings > 0) {
      for (const line of lines) say(`  ${line}`);
      const cause = `${findings} of another region than ${region}`;
      const hint = `See ${this.#attempt.written.report ?? 'what is named above'}; --scan off bakes without a look.`;
      throw failed({ code: 'LF_REGION_FOREIGN', operation: 'bake', subject: name, cause, hint });
    }
    if (digest !== null) return;
    for (const line of unvouched) say(`  ${line}`);
    const cause = `nothing vouches for what could not be read: ${unvouched[0] ?? 'see the report'}`;
    const hint = 'Have it removed, or leave it out by a .landfallignore in the image.';
    throw failed(bakeFault('LF_BAKE_SCAN', name, cause, hint));
  }

  async #takeSnapshot(volume: string, { ec2, watch }: Work): Promise<string> {
    const attempt = this.#attempt;
    let known = attempt.begun.snapshot;
    const find = async () => {
      if (known !== undefined) return await ec2.snapshot(known);
      const tagged = await ec2.snapshotsTagged(BAKE_TAG, attempt.begun.id);
      return tagged.find(({ VolumeId }) => VolumeId === volume);
    };
    const look = async (): Promise<Sight<string>> => {
      const seen = await find();
      if (!seen) return { kind: 'absent' };
      const { SnapshotId: id = '', State, Progress, StateMessage } = seen;
      attempt.snapshot = id;
      if (State === 'completed') return { kind: 'there', value: id };
      const done = Progress ? ` (${Progress})` : '';
      if (State !== 'error') return { kind: 'waiting', text: `${id} is pending${done}` };
      const cause = `it failed${StateMessage ? `: ${StateMessage}` : ''}`;
      return { kind: 'broken', fault: bakeFault('LF_BAKE_STEP', id, cause, 'Run it again.') };
    };
    const act = async (): Promise<Answer<string>> => {
      const answer = await ec2.createSnapshot(volume, this.#description(), this.#tags());
      if (answer.kind === 'refused') return answer;
      known = answer.value;
      await attempt.note({ ...attempt.begun, snapshot: answer.value });
      return answer;
    };
    return await bringAbout({ name: `take a snapshot of ${volume}`, look, act }, watch);
  }

  async #register(snapshot: string, { ec2, watch }: Work): Promise<Image> {
    const attempt = this.#attempt;
    const { name } = this.#request;
    const scanned = attempt.begun.digest ? [[SCANNED_TAG, snapshot] as const] : [];
    const tags = new Map([...this.#tags(), ...scanned]);
    const input = {
      ...registrationOf(this.#base, name, this.#description(), snapshot),
      TagSpecifications: [{ ResourceType: 'image' as const, Tags: tagList(tags) }],
    };
    let known: string | undefined;
    const look = async (): Promise<Sight<Image>> => {
      const seen = known === undefined ? await this.#own(ec2) : await ec2.image(known);
      return seen ? sightOf(seen, attempt) : { kind: 'absent' };
    };
    const act = async (): Promise<Answer<string>> => {
      const answer = await ec2.register(input);
      if (answer.kind === 'ok') known = answer.value;
      return answer;
    };
    return await bringAbout({ name: `register ${name}`, look, act }, watch);
  }

  /** The image of this bake. @throws BakeHalt when another one took the name meanwhile. */
  async #own(ec2: BakeEc2): Promise<Image | undefined> {
    const named = await ec2.imagesNamed(this.#request.name);
    const mine = named.find((image) => isOf(this.#attempt.begun.id, image));
    const [other] = named;
    if (!mine && other) throw failed(takenFault(this.#request.name, other));
    return mine;
  }

  #tags() {
    const { createdAt, digest = null } = this.#attempt.begun;
    return bakeTags(this.#request, this.#base.name, createdAt, digest);
  }

  #description(): string {
    const { id, name } = this.#base;
    return `${this.#request.name}, baked from ${name === '' ? id : `${name} (${id})`}`.slice(0, MAX_CHARS);
  }
}

/** Longest description that EC2 takes. */
const MAX_CHARS = 255;
/** For undoing, and for what is left once an image stands, whatever a signal or the time says. */
export const LEAST_MS = 60_000;

export function workOf({ ec2: ec2For, context, say }: CourseParts, patience: Patience): Work {
  const ec2 = ec2For(patience);
  const watch = { patience, clock: context.clock, say };
  return { ec2, watch, volumes: createWorkVolumes(ec2, watch) };
}

/** Deaf to signals: what is under way then ends well, and soon. */
export async function ashore(
  parts: CourseParts,
  leastMs: number,
  act: (work: Work) => Promise<void>,
): Promise<void> {
  const { clock, random } = parts.context;
  const { pollMs, remainingMs } = parts.patience;
  const stop = new AbortController().signal;
  const timeoutMs = Math.max(remainingMs(), leastMs, 1);
  const patience = createPatience({ pollMs, timeoutMs, clock, random, stop });
  try {
    await act(workOf(parts, patience));
  } finally {
    patience.end();
  }
}

/** Waits until an image that was registered can be used. @throws BakeHalt. */
export async function awaitImage(id: string, attempt: Attempt, { ec2, watch }: Work): Promise<void> {
  const look = async (): Promise<Sight<Image>> => {
    const seen = await ec2.image(id);
    return seen ? sightOf(seen, attempt) : { kind: 'absent' };
  };
  await bringAbout({ name: `wait for ${id}`, look }, watch);
}

/** The image stands, and only it is to be left. The volume goes last: it is what tells of anything else. @throws BakeHalt. */
export async function tidy(attempt: Attempt, work: Work): Promise<void> {
  const { volume, id, snapshot } = attempt.begun;
  if (volume !== undefined) {
    // Only when it is known which one the image has.
    if (attempt.snapshot !== null)
      await removeOtherSnapshots(id, volume, [attempt.snapshot, snapshot ?? ''], work);
    await work.volumes.detach(volume);
    await work.volumes.remove(volume);
  }
  await attempt.forget();
}

export function isOf(id: string, { Tags }: Image): boolean {
  return tagsOf(Tags).get(BAKE_TAG) === id;
}

export function takenFault(name: string, { ImageId = '' }: Image) {
  const hint = 'Take another name, or deregister that image first.';
  return bakeFault('LF_BAKE_NAME', name, `${ImageId} has the name, and is no image of this bake`, hint);
}

function sightOf(image: Image, attempt: Attempt): Sight<Image> {
  const { ImageId: id = '', State, StateReason } = image;
  attempt.image = id;
  // Somebody may have taken it out of use since.
  if (State === 'available' || State === 'disabled') return { kind: 'there', value: image };
  if (State === 'pending') return { kind: 'waiting', text: `${id} is pending` };
  const reason = StateReason?.Message ? `: ${StateReason.Message}` : '';
  const cause = `it is ${State ?? 'in no state'}${reason}`;
  return { kind: 'broken', fault: bakeFault('LF_BAKE_STEP', id, cause, 'Run it again.') };
}

/** What a signal or the time cut off ends as that. */
async function interruptibly<T>(work: Promise<T>, patience: Patience, name: string): Promise<T> {
  try {
    return await work;
  } catch (error) {
    goOn(patience, name);
    throw error;
  }
}
