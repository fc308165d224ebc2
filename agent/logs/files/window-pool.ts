import { MARKER_BYTES } from './fingerprint.ts';

/** What one read takes from a file. */
export const WINDOW_BYTES = 256 * 1024;
/** More reads at a time than this get windows of their own. */
const KEPT = 2;

/** The buffers that files are read into, shared by all sources: a thousand idle files need none. */
export class WindowPool {
  readonly #free: Buffer[] = [];

  async lend<T>(work: (window: Buffer) => Promise<T>): Promise<T> {
    const window = this.#free.pop() ?? Buffer.allocUnsafeSlow(MARKER_BYTES + WINDOW_BYTES);
    try {
      return await work(window);
    } finally {
      if (this.#free.length < KEPT) this.#free.push(window);
    }
  }
}
