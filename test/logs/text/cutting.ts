import { openText } from '#agent/logs/text/encoding.ts';
import { windowFor } from '#agent/logs/text/event-limit.ts';
import { RecordFramer, type CutMode } from '#agent/logs/text/record-cutter.ts';
import { PLAIN_TEXT, type TextRules } from '#agent/logs/text/text-rules.ts';
import type { LogEvent } from '#agent/logs/base/log-event.ts';

/** Reads `bytes` as a reader would, in windows of `windowBytes` that grow when nothing could be cut. */
export function cutAll(
  bytes: Buffer,
  rules: Partial<TextRules> = {},
  { windowBytes = 1 << 18, last = 'final' }: { windowBytes?: number; last?: CutMode } = {},
): { readonly events: readonly LogEvent[]; readonly offset: number; readonly truncated: number } {
  const text = { ...PLAIN_TEXT, ...rules };
  const cutter = new RecordFramer(text, openText(text.encoding, bytes.subarray(0, 3)), () => 0);
  const events: LogEvent[] = [];
  let offset = 0;
  let truncated = 0;
  for (let size = windowBytes; ;) {
    const window = Buffer.from(bytes.subarray(offset, offset + size));
    const isEnd = window.length < size;
    const cut = cutter.cut(window, offset, 0, isEnd ? last : 'growing');
    events.push(...cut.events);
    offset += cut.consumed;
    truncated += cut.left.truncated;
    if (isEnd) return { events, offset, truncated };
    if (cut.consumed === 0 && size >= windowFor(text.maxEventBytes)) throw new Error('no progress');
    size = cut.consumed === 0 ? windowFor(text.maxEventBytes) : windowBytes;
  }
}

export function messages(
  bytes: Buffer | string,
  rules?: Partial<TextRules>,
  options?: { windowBytes?: number },
): string[] {
  return cutAll(Buffer.from(bytes), rules, options).events.map(({ message }) => message);
}
