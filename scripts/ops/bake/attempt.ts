import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Image } from '@aws-sdk/client-ec2';
import { writeFileAtomic } from '#kit/atomic-file.ts';
import { describeFault, faultOf, type Fault } from '#kit/errors.ts';
import type { Journal } from '../across/journal.ts';
import { SCAN_TAG } from '../across/scan-tag.ts';
import { tagsOf } from './bake-ec2.ts';
import type { BakeEnd, BakeState } from './bake-end.ts';
import { failed } from './bake-halt.ts';
import type { BakeEntry } from './bake-journal.ts';

/** How far an attempt came: what is noted, and what was seen of what it made. Every end tells it. */
export class Attempt {
  /** What is under way; undefined: nothing was changed, or nothing is left of it. */
  entry: BakeEntry | undefined;
  image: string | null = null;
  snapshot: string | null = null;
  scan: BakeEnd['scan'] = { findings: 0, digest: null };
  differences: readonly string[] = [];
  /** Where the report of the scan and the account of changes were written. */
  written: { readonly report?: string; readonly changes?: string } = {};
  /** None for a plan. */
  readonly #journal: Journal<BakeEntry> | undefined;
  readonly #folder: string;
  readonly #say: (line: string) => void;

  constructor(
    found: BakeEntry | undefined,
    journal: Journal<BakeEntry> | undefined,
    folder: string,
    say: (line: string) => void,
  ) {
    this.entry = found;
    this.#journal = journal;
    this.#folder = folder;
    this.#say = say;
  }

  /** What is under way; without it this is no step to take. */
  get begun(): BakeEntry {
    if (!this.entry) throw new Error('no attempt is under way');
    return this.entry;
  }

  /** Before what it is about, so that no kill finds less noted than done. @throws BakeHalt. */
  async note(entry: BakeEntry): Promise<void> {
    this.entry = entry;
    try {
      await this.#journal?.write(entry);
    } catch (error) {
      throw failed(faultOf(error, 'write', 'the journal'));
    }
  }

  /** There is nothing to go on with. */
  async forget(): Promise<void> {
    await this.#journal?.remove();
    this.entry = undefined;
  }

  /** Beside the journal. That it cannot be written is said, and no reason to give up. */
  async keep(what: 'report' | 'changes', text: string): Promise<void> {
    const path = join(this.#folder, what === 'report' ? 'scan.json' : 'changes.json');
    try {
      await mkdir(this.#folder, { recursive: true, mode: 0o700 });
      await writeFileAtomic(path, text, 0o600);
      this.written = { ...this.written, [what]: path };
    } catch (error) {
      this.#say(describeFault(faultOf(error, 'write', path)));
    }
  }

  /** An image that stands tells of itself what a bake would. */
  shows(image: Image): void {
    const root = image.BlockDeviceMappings?.find(({ DeviceName }) => DeviceName === image.RootDeviceName);
    this.image = image.ImageId ?? null;
    this.snapshot = root?.Ebs?.SnapshotId ?? null;
    this.scan = { findings: 0, digest: tagsOf(image.Tags).get(SCAN_TAG) ?? null };
  }

  end(state: BakeState, faults: readonly Fault[] = [], steps: readonly string[] = []): BakeEnd {
    const { image, snapshot, scan, differences, written } = this;
    return { state, image, snapshot, scan, differences, faults, steps, ...written };
  }
}
