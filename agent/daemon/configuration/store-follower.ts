import { isHtmlPage, overLimit, parseFile, type LayerFile } from '#config-service';
import type { Clock, Random } from '#kit/clock.ts';
import { faultOf, type Fault, type Problem } from '#kit/errors.ts';
import { ok, retry, type Outcome, type Retry } from '#kit/outcome.ts';
import type { ReadStore, StoreReading } from '../../stores/store-reader.ts';
import { storeFault } from '../../stores/store-refusal.ts';
import { bootBackoff, Poller } from './poller.ts';

/** One layer of a store, for `status` and `landfall layers`: names, times and codes, never a value. */
export interface StoreReport {
  readonly layer: string;
  readonly state: 'fresh' | 'stale' | 'waiting';
  /** As the store counts the whole; undefined where it does not. */
  readonly version: string | undefined;
  /** Epoch ms of the last good reading; undefined: none in the life of this process. */
  readonly readAt: number | undefined;
  /** What is served was kept on the disk by an earlier life. */
  readonly isKept: boolean;
  /** Fault of the last reading; undefined when it was good. */
  readonly fault: Fault | undefined;
  /** Epoch ms; undefined while one is under way. */
  readonly nextReadAt: number | undefined;
}

export interface StoreFollowerOptions {
  readonly layer: string;
  readonly read: ReadStore;
  /** What an earlier life of this instance accepted of it. */
  readonly kept: readonly LayerFile[] | undefined;
  readonly clock: Clock;
  readonly random: Random;
  readonly intervalMs: number;
  readonly phaseMs: number;
  /** The layer refers to other versions of secrets now: to be read before anybody sees it. */
  readonly onSecretsMoved: () => Promise<unknown>;
  /** Told when the state changes. */
  readonly onState: (report: StoreReport, before: StoreReport['state']) => void;
}

/**
 * Follows one layer of a store at a pace of its own, whatever the source and the other stores do. What was good stays until
 * there is something better.
 */
export class StoreFollower {
  readonly #options: StoreFollowerOptions;
  readonly #poller: Poller<void>;
  readonly #tried = Promise.withResolvers<void>();
  #files: readonly LayerFile[] | undefined;
  #reading: StoreReading | undefined;
  #readAt: number | undefined;
  #fault: Fault | undefined;
  #state: StoreReport['state'] = 'waiting';

  constructor(options: StoreFollowerOptions) {
    this.#options = options;
    this.#files = options.kept;
    const { clock, random, intervalMs, phaseMs } = options;
    this.#poller = new Poller<void>({
      clock,
      random,
      intervalMs,
      phaseMs,
      hurry: () => (this.#files ? undefined : bootBackoff(intervalMs)),
      tick: (signal) => this.#tick(signal),
    });
    this.#poller.start(0);
  }

  /** What there is of the layer; undefined while there is nothing. */
  get files(): readonly LayerFile[] | undefined {
    return this.#files;
  }

  /** Settles once the first reading has ended, well or not. */
  get tried(): Promise<void> {
    return this.#tried.promise;
  }

  get report(): StoreReport {
    return {
      layer: this.#options.layer,
      state: this.#state,
      version: this.#reading?.version,
      readAt: this.#readAt,
      isKept: this.#files !== undefined && this.#readAt === undefined,
      fault: this.#fault,
      nextReadAt: this.#poller.nextAt,
    };
  }

  /** Reads now, for who asks. */
  async readAgain(): Promise<void> {
    await this.#poller.pollNow();
  }

  async close(): Promise<void> {
    await this.#poller.close();
    this.#tried.resolve();
  }

  async #tick(signal: AbortSignal): Promise<Outcome<void>> {
    try {
      const outcome = await this.#read(signal);
      if (!signal.aborted) this.#note(outcome);
      return outcome;
    } finally {
      this.#tried.resolve();
    }
  }

  async #read(signal: AbortSignal): Promise<Outcome<void>> {
    try {
      const read = await this.#options.read(this.#reading, signal);
      return read.kind === 'ok' ? await this.#take(read.value) : read;
    } catch (error) {
      if (signal.aborted) throw error;
      // A defect of ours: the good layer stays, and is as stale as after any other failure.
      return retry(faultOf(error, 'read', this.#options.layer));
    }
  }

  async #take(reading: StoreReading): Promise<Outcome<void>> {
    const refused = this.#refusal(reading.files);
    if (refused) return refused;
    if (reading.secrets !== this.#reading?.secrets && this.#reading) await this.#options.onSecretsMoved();
    this.#reading = reading;
    this.#readAt = this.#options.clock.now();
    // The very files of before where nothing changed: nothing is judged anew.
    if (!this.#files || digestsOf(this.#files) !== digestsOf(reading.files)) this.#files = reading.files;
    return ok(undefined);
  }

  /** What a store must not be taken at its word for: then what was good stays, and holds up nothing else. */
  #refusal(files: readonly LayerFile[]): Retry | undefined {
    const { layer } = this.#options;
    if (this.#files && hasContent(this.#files) && !hasContent(files)) {
      return retry(storeFault(layer, 'LF_LAYER_EMPTIED', 'it had entries and has none now', EMPTIED));
    }
    const sizes = files.map(({ object, bytes }) => ({ layer, object, size: bytes.length }));
    const large = overLimit(sizes, layer);
    if (large) return retry(large.fault);
    if (this.#files && digestsOf(this.#files) === digestsOf(files)) return undefined;
    const page = files.find(({ bytes }) => isHtmlPage(bytes));
    if (page) return retry(storeFault(layer, 'LF_SOURCE_HTML', 'a web page came', PORTAL));
    const problems = files.flatMap((file): readonly Problem[] => {
      const parsed = parseFile(`${layer}/${file.path}`, file.bytes);
      return parsed.kind === 'rejected' ? parsed.problems : [];
    });
    const [first] = problems;
    if (!first) return undefined;
    return retry({ ...storeFault(layer, first.code, 'it cannot be parsed', CORRECT), problems });
  }

  #note(outcome: Outcome<void>): void {
    this.#fault = outcome.kind === 'ok' ? undefined : outcome.fault;
    const before = this.#state;
    if (!this.#fault) this.#state = 'fresh';
    else this.#state = this.#files ? 'stale' : 'waiting';
    this.#options.onState(this.report, before);
  }
}

const EMPTIED = 'Put them back. To do without them, take the layer out of LANDFALL_LAYERS.';
const PORTAL =
  'Look for a proxy, a captive portal or a page of maintenance between this instance and the store.';
const CORRECT = 'Correct it in the store; the next reading picks it up.';

function hasContent(files: readonly LayerFile[]): boolean {
  return files.some(({ bytes }) => bytes.length > 0);
}

function digestsOf(files: readonly LayerFile[]): string {
  return files.map(({ path, object, sha256 }) => `${sha256} ${object} ${path}`).join('\n');
}
