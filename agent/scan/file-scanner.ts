import { closeSync, constants, lstatSync, openSync } from 'node:fs';
import type { RegionOfAddress } from '#config-service';
import { toSystem } from './bytes/byte-path.ts';
import { Collector, type Policy, type Subject } from './report/collector.ts';
import { ContentScanner } from './content.ts';
import { causeOf } from './bytes/damage.ts';
import { PackageRecords } from './records/package-records.ts';
import { judge, voucherOf } from './origin/trust.ts';
import type { Found } from './walk.ts';

/** A link that appears between the walk and here is not followed, and a pipe is not waited for. */
const READ = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK | constants.O_NOCTTY;

/** Looks into one file after the other, and settles whose it is before the next. */
export class FileScanner {
  readonly collector: Collector;
  readonly #content: ContentScanner;
  readonly #records: PackageRecords;
  readonly #countsBelieved: boolean;

  constructor(
    policy: Policy,
    mountinfo: string,
    breathe: () => Promise<void> | undefined,
    regionOf?: RegionOfAddress,
  ) {
    const records = new PackageRecords(mountinfo, policy.own);
    this.#records = records;
    this.#countsBelieved = policy.vendor === true;
    this.collector = new Collector(policy, (path, sightings) => judge(path, sightings, records));
    this.#content = new ContentScanner(this.collector, breathe, regionOf);
  }

  /** Undefined when that was all, as for most files: a promise each would cost more than reading them. */
  scan(found: Found): Promise<void> | undefined {
    const rest = this.#look(found);
    if (rest !== undefined) return rest.then(() => this.#settle(found));
    this.#settle(found);
    return undefined;
  }

  #settle({ subject, path, target }: Found): void {
    this.collector.settle(subject, target === undefined ? path : undefined);
  }

  #look({ subject, path, target }: Found): Promise<void> | undefined {
    if (target !== undefined) {
      this.#content.scanText(subject, target);
      return undefined;
    }
    let file: number | undefined;
    try {
      const voucher = voucherOf(path, this.#records);
      if (voucher !== undefined) {
        this.collector.vouch(voucher);
        if (!this.#countsBelieved) {
          this.collector.addFile(subject, lstatSync(toSystem(path)).size);
          return undefined;
        }
      }
      file = openSync(toSystem(path), READ);
      const rest = this.#content.scanFile(subject, file);
      if (rest === undefined) {
        closeSync(file);
        return undefined;
      }
      return this.#finished(rest, file, subject);
    } catch (error) {
      if (file !== undefined) closeSync(file);
      this.collector.addUnread(subject, causeOf(error));
      return undefined;
    }
  }

  async #finished(rest: Promise<void>, file: number, subject: Subject): Promise<void> {
    try {
      await rest;
    } catch (error) {
      if (error instanceof DOMException) throw error;
      this.collector.addUnread(subject, causeOf(error));
    } finally {
      closeSync(file);
    }
  }
}
