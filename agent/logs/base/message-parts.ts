/** Consoles and other readers show no more (facts: what peers send at most). */
const MOST_BYTES = 1_000_000;

export interface MessagePart {
  readonly message: string;
  /** Bytes of UTF-8. */
  readonly size: number;
}

/** The text of one event, in parts that an event may have; cut between characters. At least one, empty for an empty text. */
export function splitMessage(text: string): readonly MessagePart[] {
  const message = text.isWellFormed() ? text : text.toWellFormed();
  const size = Buffer.byteLength(message);
  if (size <= MOST_BYTES) return [{ message, size }];
  const bytes = Buffer.from(message);
  const parts: MessagePart[] = [];
  for (let from = 0; from < bytes.length;) {
    let to = Math.min(from + MOST_BYTES, bytes.length);
    while (to < bytes.length && ((bytes[to] ?? 0) & 0xc0) === 0x80) to -= 1;
    parts.push({ message: bytes.toString('utf8', from, to), size: to - from });
    from = to;
  }
  return parts;
}
