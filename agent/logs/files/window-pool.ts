import { MARKER_BYTES } from './fingerprint.ts';

/** Most that one read takes from a file, but for long lines. */
const WINDOW_BYTES = 64 * 1024;
/** More reads at a time than this get windows of their own. */
const KEPT = 2;

/**
 * The buffers that files are read into, shared by all sources: a thousand idle files need none. The one for long lines is
 * kept as well: V8 lets tens of MiB of buffers lie before it looks for those that nobody has any more.
 */
export class WindowPool {
  readonly #free: Buffer[] = [];
  #large: Buffer | undefined;

  async lend<T>(work: (window: Buffer) => Promise<T>): Promise<T> {
    const window = this.#free.pop() ?? Buffer.allocUnsafeSlow(MARKER_BYTES + WINDOW_BYTES);
    try {
      return await work(window);
    } finally {
      if (this.#free.length < KEPT) this.#free.push(window);
    }
  }

  /** One that holds so many bytes behind the marker. */
  async lendLarge<T>(bytes: number, work: (window: Buffer) => Promise<T>): Promise<T> {
    const size = MARKER_BYTES + bytes;
    const kept = this.#large;
    this.#large = undefined;
    const window = kept && kept.length >= size ? kept : Buffer.allocUnsafeSlow(size);
    try {
      return await work(window.subarray(0, size));
    } finally {
      this.#large = window;
    }
  }
}
