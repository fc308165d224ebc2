import type { Clock, Random } from '#kit/clock.ts';

/** A process: when it is killed, whatever it waits for never comes, so that nothing of it acts any more. */
export class Life {
  readonly number: number;
  readonly clock: Clock;
  readonly #random: Random;
  readonly #slowness: number;
  readonly #endings: (() => void)[] = [];
  #isAlive = true;

  /** @param slowness how many steps of a hundred take some milliseconds, in which others may act. */
  constructor(number: number, clock: Clock, random: Random, slowness: number) {
    this.number = number;
    this.#random = random;
    this.#slowness = slowness;
    this.clock = {
      now: () => Math.floor(clock.now()),
      monotonic: () => clock.monotonic(),
      sleep: (ms, signal) => this.bound(clock.sleep(ms, signal)),
    };
  }

  get isAlive(): boolean {
    return this.#isAlive;
  }

  /** One operation of the disk. */
  async step<T>(work: () => T): Promise<T> {
    if (this.#random() * 100 < this.#slowness) await this.clock.sleep(this.#random() * 8);
    return this.bound(new Promise((resolve) => resolve(this.#isAlive ? work() : (undefined as T))));
  }

  /** Comes to an end only while this lives. */
  bound<T>(work: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      work.then(
        (value) => this.#isAlive && resolve(value),
        (error: unknown) => this.#isAlive && reject(error as Error),
      );
    });
  }

  atEnd(ending: () => void): void {
    this.#endings.push(ending);
  }

  /** kill -9. */
  end(): void {
    this.#isAlive = false;
    for (const ending of this.#endings) ending();
  }
}
