import { join } from 'node:path';
import { faultOf, type Fault } from '#kit/errors.ts';
import { withJournal, type JournalPlace } from '../across/journal.ts';
import { scanTags } from '../across/scan-tag.ts';
import { Attempt } from './attempt.ts';
import { baseOf, type Base } from './base-image.ts';
import { tagsOf } from './bake-ec2.ts';
import { ashore, LEAST_MS, workOf } from './bake-course.ts';
import { bakeFault, BakeHalt, failed, goOn } from './bake-halt.ts';
import { readBakeEntry, type BakeEntry } from './bake-journal.ts';
import type { BakeParts } from './bake-run.ts';
import { bringAbout, type Sight } from './bring-about.ts';
import { builderOf } from './builder.ts';
import { beginLook, lookAtImage } from './image-look.ts';
import { undoBake, type Work } from './undoing.ts';

export interface ImageScanRequest {
  readonly region: string;
  readonly image: string;
  readonly builder: string | undefined;
  readonly device: string | undefined;
  readonly isPlan: boolean;
}

/** `found`: something of another region is on it, and no tag was written. */
export type ImageScanState = 'planned' | 'tagged' | 'found' | 'undone' | 'refused' | 'unfinished';

export interface ImageScanEnd {
  readonly state: ImageScanState;
  /** The root snapshot that was scanned. */
  readonly snapshot: string | null;
  readonly scan: { readonly findings: number; readonly digest: string | null };
  readonly report?: string;
  /** Empty for a good end. The first one gives the exit code. */
  readonly faults: readonly Fault[];
}

export function scanPlace(folder: string, { region, image }: ImageScanRequest): JournalPlace {
  return { folder, name: `scan-image/${region}/${image}` };
}

/** Scans a volume of an image's root snapshot, and tags the image when the scan vouches for it. @throws LandfallError for its journal. */
export async function runImageScan(request: ImageScanRequest, parts: BakeParts): Promise<ImageScanEnd> {
  const place = scanPlace(parts.folder, request);
  const folder = join(place.folder, place.name);
  return await withJournal(place, readBakeEntry, request.isPlan, (found, journal) =>
    new ImageScan(request, parts, new Attempt(found, journal, folder, parts.say)).run(),
  );
}

class ImageScan {
  readonly #request: ImageScanRequest;
  readonly #parts: BakeParts;
  /** Attempt to make the volume, which is all that is made. */
  readonly #attempt: Attempt;

  constructor(request: ImageScanRequest, parts: BakeParts, attempt: Attempt) {
    this.#request = request;
    this.#parts = parts;
    this.#attempt = attempt;
  }

  async run(): Promise<ImageScanEnd> {
    try {
      return await this.#scan(workOf(this.#parts, this.#parts.patience));
    } catch (error) {
      const { image } = this.#request;
      const halt = error instanceof BakeHalt ? error : failed(faultOf(error, 'scan', image));
      return await this.#ended(halt);
    }
  }

  async #scan(work: Work): Promise<ImageScanEnd> {
    const { image } = this.#request;
    const attempt = this.#attempt;
    if (attempt.entry && !this.#request.isPlan) await this.#undo(attempt.entry, work);
    const base = baseOf(image, await work.ec2.image(image));
    if ('code' in base) throw failed(base);
    const builder = await builderOf(this.#request, work.ec2, this.#parts.here);
    const unready = await this.#parts.root.unready();
    if (unready) throw failed(unready);
    attempt.snapshot = base.snapshot;
    if (this.#request.isPlan) {
      attempt.entry = undefined;
      return this.#end('planned');
    }
    goOn(this.#parts.patience, image);
    const look = { ...this.#request, purpose: 'scan' };
    await beginLook(look, builder.id, attempt, this.#parts);
    const { volumes } = work;
    await lookAtImage(look, { base, builder, attempt, volumes }, this.#parts, (path) => this.#see(path));
    // Nothing of it is left before the tag says that all is well.
    await this.#undo(attempt.begun, work);
    const { findings, digest } = attempt.scan;
    if (findings > 0) return this.#end('found', [this.#foundFault(findings)]);
    if (digest === null) throw failed(bakeFault('LF_BAKE_SCAN', image, UNVOUCHED, UNVOUCHED_HINT));
    await this.#tag(base, digest, work);
    return this.#end('tagged');
  }

  async #see(path: string): Promise<void> {
    const { say } = this.#parts;
    const attempt = this.#attempt;
    say(`scan ${path}`);
    const { findings, digest, report, lines, unvouched } = await this.#parts.scan(path);
    attempt.scan = { findings, digest };
    for (const line of [...lines, ...unvouched]) say(`  ${line}`);
    await attempt.keep('report', report);
  }

  async #tag(base: Base, digest: string, { ec2, watch }: Work): Promise<void> {
    const { image } = this.#request;
    const tags = scanTags(digest, base.snapshot);
    const look = async (): Promise<Sight<void>> => {
      const seen = tagsOf((await ec2.image(image))?.Tags);
      const isThere = [...tags].every(([key, value]) => seen.get(key) === value);
      return isThere ? { kind: 'there', value: undefined } : { kind: 'absent' };
    };
    await bringAbout({ name: `tag ${image}`, look, act: () => ec2.tag(image, tags) }, watch);
  }

  async #undo(entry: BakeEntry, work: Work): Promise<void> {
    await this.#attempt.note({ ...entry, phase: 'undoing' });
    // No image has the id of one for its name.
    await undoBake(entry, this.#request.image, work, this.#parts.root);
    await this.#attempt.forget();
  }

  async #ended(halt: BakeHalt): Promise<ImageScanEnd> {
    const { entry } = this.#attempt;
    const { image } = this.#request;
    if (!entry || this.#request.isPlan) return this.#end(...this.#refusal(halt));
    try {
      if (halt.kind !== 'late')
        await ashore(this.#parts, halt.kind === 'stopped' ? LEAST_MS : 0, (work) => this.#undo(entry, work));
    } catch (error) {
      return this.#unfinished(
        error instanceof BakeHalt ? error : failed(faultOf(error, 'scan', image)),
        halt,
      );
    }
    if (halt.kind === 'late') return this.#unfinished(halt);
    if (halt.kind === 'stopped') return this.#end('undone', [stoppedFault(image)]);
    const cause = `nothing of it is left, since ${halt.fault.subject}: ${halt.fault.cause}`;
    const hint = 'Put right what failed, and run it again.';
    return this.#end('undone', [bakeFault('LF_BAKE_UNDONE', image, cause, hint), halt.fault]);
  }

  #refusal({ kind, fault }: BakeHalt): [ImageScanState, readonly Fault[]] {
    const { image } = this.#request;
    if (kind === 'stopped') return ['refused', [stoppedFault(image)]];
    // It was scanned, and nothing is left: that it cannot be vouched for or tagged is no refusal.
    if (fault.code === 'LF_BAKE_SCAN') return ['undone', [fault]];
    if (fault.code === 'LF_BAKE_BASE' || fault.code === 'LF_BAKE_BUILDER') return ['refused', [fault]];
    if (this.#attempt.scan.digest === null)
      return ['refused', [bakeFault('LF_BAKE_UNREAD', image, fault.cause, fault.hint), fault]];
    const cause = `it is clean, and not tagged: ${fault.cause}`;
    return ['undone', [bakeFault('LF_BAKE_UNDONE', image, cause, fault.hint), fault]];
  }

  #unfinished({ kind, fault }: BakeHalt, why?: BakeHalt): ImageScanEnd {
    const { volume = 'no volume yet' } = this.#attempt.begun;
    const cause = kind === 'late' ? 'the time of --timeout is over' : `${fault.subject}: ${fault.cause}`;
    const hint = 'Run the same command again, and it carries on.';
    const first = bakeFault(
      'LF_BAKE_UNFINISHED',
      this.#request.image,
      `${cause}; what stands: ${volume}`,
      hint,
    );
    return this.#end('unfinished', [first, fault, ...(why ? [why.fault] : [])]);
  }

  #foundFault(findings: number): Fault {
    const { image, region } = this.#request;
    const cause = `${findings} of another region than ${region}`;
    const hint = `See ${this.#attempt.written.report ?? 'what is named above'}; bake it anew without.`;
    return { code: 'LF_REGION_FOREIGN', operation: 'scan', subject: image, cause, hint };
  }

  #end(state: ImageScanState, faults: readonly Fault[] = []): ImageScanEnd {
    const { snapshot, scan, written } = this.#attempt;
    const told = faults.map((fault) =>
      fault.operation === 'bake' ? { ...fault, operation: 'scan' } : fault,
    );
    return { state, snapshot, scan, faults: told, ...written };
  }
}

const UNVOUCHED = 'nothing vouches for what could not be read';
const UNVOUCHED_HINT = 'See the report; what nobody needs can be removed when it is baked anew.';

function stoppedFault(image: string): Fault {
  return bakeFault(
    'LF_INTERRUPTED',
    image,
    'the command was stopped; nothing of it is left',
    'Run it again.',
  );
}
