import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { MOST_EVENT_BYTES } from '#agent/logs/text/event-limit.ts';
import { cutAll, messages } from './cutting.ts';

test('case 35: one byte, none, and only a line end', () => {
  expect(messages('a\n\n\r\nb\n')).toEqual(['a', 'b']);
});

test('case 35: as long as an event may be it is one, a byte longer two, and every byte is there', () => {
  expect(messages(`${'x'.repeat(MOST_EVENT_BYTES)}\r\n`)).toEqual(['x'.repeat(MOST_EVENT_BYTES)]);
  const events = cutAll(Buffer.from(`${'x'.repeat(MOST_EVENT_BYTES + 1)}\nnext\n`)).events;
  expect(events.map(({ message }) => unmarked(message))).toEqual([
    'x'.repeat(MOST_EVENT_BYTES - 64),
    'x'.repeat(65),
    'next',
  ]);
  expect(events[0]?.message).toMatch(/x \[continued\]$/);
  expect(events[1]?.message).toMatch(/^\[part 2\] x/);
  expect(Math.max(...events.map(({ size }) => size))).toBeLessThanOrEqual(MOST_EVENT_BYTES);
});

test('case 35: ten megabytes without a newline, then more lines', () => {
  const long = 'é'.repeat(5 * 1024 * 1024);
  const { events } = cutAll(Buffer.from(`first\n${long}\nlast\n`));
  const parts = events.slice(1, -1);
  expect(parts.map(({ message }) => unmarked(message)).join('')).toBe(long);
  expect(parts.at(-1)?.message.startsWith(`[part ${parts.length}] `)).toBe(true);
  expect(events.at(-1)?.message).toBe('last');
  expect(Math.max(...events.map(({ size }) => size))).toBeLessThanOrEqual(MOST_EVENT_BYTES);
});

test('case 35: truncated by setting, the rest of the line is counted and the rest of the file kept', () => {
  const text = `${'x'.repeat(5000)}\nnext\n`;
  const { events, truncated } = cutAll(
    Buffer.from(text),
    { maxEventBytes: 1024, longLines: 'truncate' },
    { windowBytes: 2048 },
  );
  expect(events.map(({ message }) => message)).toEqual([`${'x'.repeat(960)} [truncated]`, 'next']);
  expect(truncated).toBe(5000 - 960);
});

test.each(['utf-8', 'utf-16le', 'shift_jis'] as const)(
  'case 35: what is left out of a line of %s takes windows of any size, and the next line is whole',
  (encoding) => {
    const unit = encoding === 'utf-16le' ? 2 : 1;
    const bytes = Buffer.from(`${'x1'.repeat(40_000)}\nnext\n`, unit === 2 ? 'utf16le' : 'latin1');
    const rules = { maxEventBytes: 1024, longLines: 'truncate', encoding } as const;
    for (const windowBytes of [77, 256, 1001]) {
      const { events, truncated, offset } = cutAll(bytes, rules, { windowBytes });
      const [start = '', next] = events.map(({ message }) => message);
      expect(start).toMatch(/^(x1)+ \[truncated\]$/);
      expect([events.length, next, offset]).toEqual([2, 'next', bytes.length]);
      expect(truncated).toBe(unit * (80_000 - start.length + ' [truncated]'.length));
    }
  },
);

test('case 36: line ends that straddle windows, and returns that stand alone', () => {
  const text = 'one\r\ntwo\rstill two\r\n\r\nthree\n';
  for (let windowBytes = 1; windowBytes <= text.length + 1; windowBytes += 1) {
    expect(messages(text, {}, { windowBytes })).toEqual(['one', 'two\rstill two', 'three']);
  }
});

test('case 37: characters that straddle windows and parts, and the sizes that are told', () => {
  const text = `${'aé漢😀'.repeat(2000)}\n`;
  const { events } = cutAll(Buffer.from(text), { maxEventBytes: 1024 }, { windowBytes: 777 });
  expect(events.map(({ message }) => unmarked(message)).join('')).toBe(text.trimEnd());
  for (const { message, size } of events) expect(size).toBe(Buffer.byteLength(message));
  expect(Math.max(...events.map(({ size }) => size))).toBeLessThanOrEqual(1024);
});

test('case 37: what is no UTF-8 becomes U+FFFD, and its size is that of the message', () => {
  const bytes = Buffer.concat([
    Buffer.from('ok é\n'),
    Buffer.from([0x62, 0xff, 0xfe, 0xc3, 0x0a]),
    Buffer.from('end\n'),
  ]);
  const { events } = cutAll(bytes);
  expect(events.map(({ message }) => message)).toEqual(['ok é', 'b\uFFFD\uFFFD\uFFFD', 'end']);
  expect(events.map(({ size }) => size)).toEqual([5, 10, 3]);
  expect(events.map(({ end }) => end)).toEqual([6, 11, 15]);
});

test('case 37: a line of bytes that are no UTF-8 never grows beyond the limit', () => {
  const { events } = cutAll(Buffer.from([...Buffer.alloc(5000, 0xff), 0x0a]), { maxEventBytes: 1024 });
  expect(Math.max(...events.map(({ size }) => size))).toBeLessThanOrEqual(1024);
  expect(events.map(({ message }) => unmarked(message)).join('')).toBe('\uFFFD'.repeat(5000));
});

test('case 40: what has no newline is cut when asked to, but not half a character', () => {
  const half = Buffer.from('one\ntwo é').subarray(0, -1);
  const growing = cutAll(half, {}, { last: 'growing' });
  expect([growing.events.length, growing.offset]).toEqual([1, 4]);
  const flushed = cutAll(half, {}, { last: 'flush' });
  expect([flushed.events.at(-1)?.message, flushed.offset]).toEqual(['two ', 8]);
  expect(cutAll(half).events.at(-1)?.message).toBe('two \uFFFD');
});

test('whatever the windows, all lines come out whole, in order, and end where they end', () => {
  const line = fc.string({ unit: 'binary', maxLength: 40 }).map((text) => text.replaceAll(/[\n\r\0]/g, ''));
  fc.assert(
    fc.property(fc.array(line), fc.integer({ min: 1, max: 200 }), (lines, windowBytes) => {
      const bytes = Buffer.from(lines.map((text) => `${text}\n`).join(''));
      const isMarked = bytes.subarray(0, 3).equals(Buffer.from([0xef, 0xbb, 0xbf]));
      fc.pre(!isMarked);
      const { events, offset } = cutAll(bytes, {}, { windowBytes });
      const ends: number[] = [];
      let at = 0;
      for (const text of lines) ends.push((at += Buffer.byteLength(text) + 1));
      const expected = lines.flatMap((text, index) => {
        const message = Buffer.from(text).toString();
        return text === '' ? [] : [{ at: 0, message, size: Buffer.byteLength(message), end: ends[index] }];
      });
      expect(events).toEqual(expected);
      expect(offset).toBe(bytes.length);
    }),
  );
});

function unmarked(message: string): string {
  return message.replace(/^\[part \d+\] /, '').replace(/ \[continued\]$/, '');
}
