import { isRecord } from '../kit/is-record.ts';
import { jsonOfBytes } from '../kit/json-text.ts';
import { isIsoTime } from '../kit/iso-time.ts';

/** Tells the agents of a source that an address or a volume is on its way, so that no claim takes it from there. */
export interface SwapNotice {
  /** The instance that is to have it. */
  readonly to: string;
  /** ISO 8601, UTC: a swap that was killed keeps nobody waiting for longer. */
  readonly until: string;
}

/** One object for each thing. `id`: an allocation id or a volume id. */
export function swapNoticeKey(id: string): string {
  return `swaps/${id}.json`;
}

export function printSwapNotice({ to, until }: SwapNotice): string {
  return `${JSON.stringify({ to, until })}\n`;
}

/** Undefined for what is no notice: it keeps nobody from anything. */
export function parseSwapNotice(bytes: Uint8Array): SwapNotice | undefined {
  const document = jsonOfBytes(bytes);
  if (!isRecord(document)) return undefined;
  const { to, until } = document;
  return typeof to === 'string' && typeof until === 'string' && isIsoTime(until) ? { to, until } : undefined;
}
