import type { Facts } from '#config-service';
import type { Clock } from '#kit/clock.ts';
import type { Logger } from '#kit/logger.ts';
import { ok, type Outcome } from '#kit/outcome.ts';
import type { Identity } from '../../identity/identity.ts';
import type { Imds } from '../../identity/imds.ts';
import { factsOf, readTags, tagWarnings } from '../../identity/tags.ts';
import { faultFields } from '../runtime/fault-fields.ts';

type Tags = ReadonlyMap<string, string>;

export interface FactsReaderOptions {
  readonly identity: Identity;
  readonly imds: Imds;
  readonly describeTags: (signal: AbortSignal) => Promise<Outcome<Tags>>;
  readonly names: { readonly roleTag: string; readonly environmentTag: string };
  readonly clock: Clock;
  readonly logger: Logger;
}

/** DescribeTags shares one throttle with all of the account; IMDS is asked at every poll, EC2 at most this often. */
const DESCRIBE_EVERY_MS = 5 * 60_000;

/**
 * The facts as the tags have them now. Once tags have been read, a metadata service that stops answering changes nothing:
 * the facts of before hold, and the log says so once.
 */
export class FactsReader {
  readonly #options: FactsReaderOptions;
  #last: Facts | undefined;
  #described: { readonly at: number; readonly outcome: Outcome<Tags> } | undefined;
  #degraded = false;
  #warned = '';

  constructor(options: FactsReaderOptions) {
    this.#options = options;
  }

  async read(signal: AbortSignal): Promise<Outcome<Facts>> {
    const { imds, identity, names, logger } = this.#options;
    const reading = await readTags(imds, (inner) => this.#describe(inner), signal);
    if (reading.kind === 'ok') {
      if (this.#degraded) logger.info('instance tags can be read again');
      this.#degraded = false;
      this.#warn(tagWarnings(reading.value.tags, names).join('; '));
      this.#last = factsOf(identity, reading.value.tags, names);
      return ok(this.#last);
    }
    if (!this.#last) return reading;
    if (!this.#degraded) {
      logger.warn('instance tags cannot be read, the last ones stay in use', faultFields(reading.fault));
    }
    this.#degraded = true;
    return ok(this.#last);
  }

  /** Each warning once, until another one takes its place. */
  #warn(warning: string): void {
    if (warning !== '' && warning !== this.#warned) this.#options.logger.warn(warning);
    this.#warned = warning;
  }

  async #describe(signal: AbortSignal): Promise<Outcome<Tags>> {
    const { clock, describeTags } = this.#options;
    // A failure counts as an answer too, once there are facts to go on with: a throttle is not to be asked faster.
    const recent = this.#described && clock.monotonic() - this.#described.at < DESCRIBE_EVERY_MS;
    if (this.#described && recent && (this.#last || this.#described.outcome.kind === 'ok')) {
      return this.#described.outcome;
    }
    const outcome = await describeTags(signal);
    if (!signal.aborted) this.#described = { at: clock.monotonic(), outcome };
    return outcome;
  }
}
