import { createCheckpointSlots } from '#agent/logs/files/checkpoint-slots.ts';
import { DescriptorPool } from '#agent/logs/files/descriptor-pool.ts';
import { WindowPool } from '#agent/logs/files/window-pool.ts';
import type { LedgerDocument } from '#agent/logs/base/ledger.ts';
import { createLogShipper, type LogShipper } from '#agent/logs/log-shipper.ts';
import { createCommandOutput } from '#agent/logs/output/command-output.ts';
import type { LogEntry } from '#agent/plan/plan.ts';
import type { Random } from '#kit/clock.ts';
import { silentLogger } from '#kit/logger.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { elapse } from '../../support/patience.ts';
import { entry, FACTS } from '../support/shipper-lab.ts';
import { Life } from './life.ts';
import type { Scenario } from './scenario.ts';
import { VirtualDisk } from './virtual-disk.ts';
import { VirtualSink } from './virtual-sink.ts';
import { VirtualSlots } from './virtual-slots.ts';

/** How one process ended, and its books by then. */
export interface Obituary {
  readonly life: number;
  readonly end: 'killed' | 'stopped';
  readonly unsettled: number;
  readonly ledger: LedgerDocument;
  /** When the save began that the next one finds. */
  readonly savedFrom: number;
}

const DRAIN_MS = 30_000;

/** A host with a disk, on which one shipper after the other runs. */
export class SimulatedHost {
  readonly clock = new FakeClock();
  readonly disk: VirtualDisk;
  readonly sink: VirtualSink;
  readonly slots: VirtualSlots;
  readonly obituaries: Obituary[] = [];
  readonly #scenario: Scenario;
  readonly #random: Random;
  #life: Life;
  #shipper: LogShipper;
  #entries: readonly LogEntry[];

  constructor(scenario: Scenario, random: Random) {
    this.#scenario = scenario;
    this.#random = random;
    this.disk = new VirtualDisk(this.clock, scenario.reusesInodes);
    this.sink = new VirtualSink(this.clock, random, 0);
    this.slots = new VirtualSlots(this.clock, random, scenario.saveFailures);
    this.#entries = this.plan({});
    [this.#life, this.#shipper] = this.#start(1);
  }

  /** What the plan of this scenario says, with `more`. */
  plan(more: Readonly<Record<string, string>>): readonly LogEntry[] {
    const filter = this.#scenario.filters ? { filter: { exclude: 'noise' } } : {};
    return [entry('app', { path: [...this.#scenario.globs], group: 'g', stream: 's', ...filter, ...more })];
  }

  reconfigure(entries: readonly LogEntry[]): void {
    this.#entries = entries;
    void this.#shipper.reconfigure(entries, FACTS);
  }

  /** kill -9, and a new process. */
  kill(): void {
    this.#life.end();
    this.slots.interrupt();
    this.#bury('killed', Number.NaN);
    this.#startNext();
  }

  /** SIGTERM. */
  async stop(): Promise<number> {
    const { unsettled } = await elapse(this.clock, this.#shipper.drain(DRAIN_MS));
    this.#bury('stopped', unsettled);
    this.#life.end();
    return unsettled;
  }

  async restart(): Promise<void> {
    await this.stop();
    this.#startNext();
  }

  #startNext(): void {
    [this.#life, this.#shipper] = this.#start(this.#life.number + 1);
  }

  #start(number: number): [Life, LogShipper] {
    const { clock } = this;
    const life = new Life(number, clock, this.#random, this.#scenario.slowness);
    const shipper = createLogShipper({
      aws: this.sink.seenBy(life),
      clock: life.clock,
      random: this.#random,
      logger: silentLogger,
      checkpoints: createCheckpointSlots(this.slots.seenBy(life), () => {}),
      output: createCommandOutput(undefined, life.clock),
      files: {
        system: this.disk.seenBy(life),
        clock: life.clock,
        descriptors: new DescriptorPool(this.#scenario.descriptors),
        windows: new WindowPool(),
      },
    });
    void shipper.reconfigure(this.#entries, FACTS);
    return [life, shipper];
  }

  #bury(end: Obituary['end'], unsettled: number): void {
    const [app] = this.#shipper.status()['entries'] as readonly { readonly ledger: LedgerDocument }[];
    const { savedFrom } = this.slots;
    if (app) this.obituaries.push({ life: this.#life.number, end, unsettled, ledger: app.ledger, savedFrom });
  }
}
