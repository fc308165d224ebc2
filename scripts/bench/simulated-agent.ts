import { chooseRelease, createReleaseSource, type Fetched } from '#config-service';
import { HealthReporter } from '#agent/daemon/configuration/health-reporter.ts';
import { paceOf, Poller } from '#agent/daemon/configuration/poller.ts';
import type { Random } from '#kit/clock.ts';
import { silentLogger } from '#kit/logger.ts';
import type { Outcome } from '#kit/outcome.ts';
import { payrollFacts } from './layer-generator.ts';
import type { SimulatedS3 } from './simulated-s3.ts';
import type { SimulatedTime } from './simulated-time.ts';

export const REGION = 'eu-west-1';
export const INTERVAL_MS = 30_000;
/** Of each instance. */
export const LAYERS = ['base', 'role/web', 'environment/prod'].map((name) => ({ name }));
const NOBODY_AVOIDS: ReadonlySet<string> = new Set();

export interface FleetWorld {
  readonly time: SimulatedTime;
  readonly s3: SimulatedS3;
  readonly random: Random;
  /** Fetches that are equal, once: a hundred thousand copies of one pointer say no more than one. */
  readonly fetches: Map<string, Fetched>;
  /** Told when an agent has another release. */
  readonly onRelease: (agent: SimulatedAgent) => void;
}

/**
 * What of an agent decides when S3 is asked, and for what: its pace, its conditional requests, its choice of a release, and when
 * it reports. What it does with a configuration asks for nothing and is left out.
 */
export class SimulatedAgent {
  readonly instanceId: string;
  readonly #world: FleetWorld;
  readonly #source;
  readonly #poller: Poller<void>;
  readonly #health: HealthReporter;
  readonly #signal = new AbortController().signal;
  #fetched: Fetched | undefined;
  #isGone = false;

  constructor(index: number, world: FleetWorld) {
    this.instanceId = `i-${index.toString(16).padStart(17, '0')}`;
    this.#world = world;
    const { time, random, s3 } = world;
    this.#source = createReleaseSource({
      store: s3.store,
      prefix: 'p',
      region: REGION,
      choose: (pointer) =>
        chooseRelease(pointer, { instanceId: this.instanceId, now: time.now(), avoid: NOBODY_AVOIDS }),
    });
    this.#health = new HealthReporter(time, silentLogger, false);
    this.#poller = new Poller<void>({
      ...paceOf(this.instanceId, INTERVAL_MS, () => this.#fetched === undefined),
      clock: time,
      random,
      tick: () => this.#tick(),
    });
  }

  get release(): string | undefined {
    return this.#fetched?.release ?? undefined;
  }

  boot(delayMs: number): void {
    this.#poller.start(delayMs);
  }

  /** It is terminated: what wakes up sleeps for ever. */
  terminate(): void {
    this.#isGone = true;
  }

  /** In the order of `agent/daemon/parts.ts`: what the last tick brought is told in this one, at boot at once. */
  async #tick(): Promise<Outcome<void>> {
    if (this.#isGone) return new Promise(() => {});
    const isBooting = this.#fetched === undefined;
    if (!isBooting) this.#health.flush();
    const fetched = await this.#source.fetch({
      layers: LAYERS,
      signal: this.#signal,
      previous: this.#fetched,
    });
    if (fetched.kind !== 'ok') return fetched;
    this.#take(fetched.value);
    if (isBooting) this.#health.flush();
    return { kind: 'ok', value: undefined };
  }

  #take(fetched: Fetched): void {
    const { fetches, s3, onRelease } = this.#world;
    const { release } = this;
    if (fetched.unchanged && fetched.chosen?.pointer === this.#fetched?.chosen?.pointer) return;
    const name = `${[...fetched.etags.values()].join()} ${fetched.release}`;
    const same = fetches.get(name) ?? fetched;
    fetches.set(name, same);
    this.#fetched = same;
    if (same.release === release || !fetched.chosen) return;
    const { release: chosen, track } = fetched.chosen;
    const facts = { ...payrollFacts, instanceId: this.instanceId };
    this.#health.note({ release: chosen, track, fault: undefined, facts, write: () => s3.report() });
    onRelease(this);
  }
}
