import type { MessagePart } from '../base/message-parts.ts';

/** A line that a command printed. */
export interface OutputEvent extends MessagePart {
  readonly at: number;
  /** The script or hook, as `scripts.10-base`; empty for a line that was kept with its name in it, by a version before. */
  readonly label: string;
  readonly stream: 'stdout' | 'stderr';
}

/** What found no room. */
export interface Dropped {
  readonly events: number;
  readonly bytes: number;
}

/** As it lies on the disk: one JSON line an event. Sealed by the store. */
export function encodeSegment(events: readonly OutputEvent[]): Uint8Array {
  return Buffer.from(
    events
      .map(({ at, message, label, stream }) => `${JSON.stringify([at, message, label, stream])}\n`)
      .join(''),
  );
}

/** What cannot be read is left out: the seal has vouched for the rest. */
export function decodeSegment(bytes: Uint8Array): readonly OutputEvent[] {
  return Buffer.from(bytes)
    .toString('utf8')
    .split('\n')
    .flatMap((line) => eventOf(line));
}

export function encodeDropped({ events, bytes }: Dropped): Uint8Array {
  return Buffer.from(JSON.stringify([events, bytes]));
}

export function decodeDropped(bytes: Uint8Array): Dropped {
  const [events, size] = JSON.parse(Buffer.from(bytes).toString('utf8')) as readonly unknown[];
  return { events: Number(events), bytes: Number(size) };
}

function eventOf(line: string): readonly OutputEvent[] {
  try {
    const [at, message, label = '', stream] = JSON.parse(line) as readonly unknown[];
    if (typeof at !== 'number' || typeof message !== 'string' || typeof label !== 'string') return [];
    const size = Buffer.byteLength(message);
    return [{ at, message, size, label, stream: stream === 'stderr' ? stream : 'stdout' }];
  } catch {
    return [];
  }
}
