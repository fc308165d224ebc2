/** The last bytes of several streams, in the order they came. */
export interface OutputTail {
  push(chunk: Uint8Array): void;
  text(): string;
}

/** @param limit bytes kept. */
export function createOutputTail(limit: number): OutputTail {
  let kept = new Uint8Array(0);
  let cut = false;
  return {
    push: (chunk) => {
      const end = chunk.subarray(-limit);
      const before = kept.subarray(Math.max(0, kept.length + end.length - limit));
      cut ||= chunk.length > limit || before.length < kept.length;
      kept = new Uint8Array(before.length + end.length);
      kept.set(before);
      kept.set(end, before.length);
    },
    text: () => {
      const start = cut ? kept.findIndex((byte) => (byte & 0xc0) !== 0x80) : 0;
      return new TextDecoder().decode(kept.subarray(Math.max(0, start)));
    },
  };
}
