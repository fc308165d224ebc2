import { describe, expect, test } from 'vitest';
import { Ledger } from '#agent/logs/base/ledger.ts';
import { BatchGathering, type Batch, type Piece } from '#agent/logs/sink/batch.ts';
import { MemoryBudget } from '#agent/logs/sink/memory-budget.ts';
import { Progress } from '#agent/logs/sink/progress.ts';
import { PUT_LIMITS, MOST_MESSAGE_BYTES, MOST_BODY_BYTES } from '#agent/logs/base/put-limits.ts';
import type { TakenEvent } from '#agent/logs/sink/taken-event.ts';
import { judgeBatch } from '#scripts/sandbox/logs/log-batch.ts';

const NOW = Date.UTC(2026, 10, 21);

describe('a gathering', () => {
  test('case 45: 10,001 events become two batches', () => {
    const batches = gather(Array.from({ length: 10_001 }, () => ({ at: NOW, message: 'x' })));
    expect(sizes(batches)).toEqual([10_000, 1]);
  });

  test('case 45: exactly 1,048,576 bytes fit, one more does not', () => {
    const half = PUT_LIMITS.batchBytes / 2 - PUT_LIMITS.overheadBytes;
    const [fits, over] = [0, 1].map((more) =>
      gather([half, half + more].map((length) => ({ at: NOW, message: 'm'.repeat(length) }))),
    );
    expect([sizes(fits), sizes(over)]).toEqual([[2], [1, 1]]);
  });

  test('case 45: bytes are those of UTF-8', () => {
    const euros = '€'.repeat(Math.floor((PUT_LIMITS.batchBytes / 2 - 26) / 3) + 1);
    expect(sizes(gather([0, 1].map(() => ({ at: NOW, message: euros }))))).toEqual([1, 1]);
  });

  test('case 35: the largest message of all fits alone', () => {
    const batches = gather([
      { at: NOW, message: 'a' },
      { at: NOW, message: 'b'.repeat(MOST_MESSAGE_BYTES) },
      { at: NOW, message: 'c' },
    ]);
    expect(sizes(batches)).toEqual([1, 1, 1]);
    for (const { pieces } of batches) for (const piece of pieces) expect(verdict(piece)).toBe('accepted');
  });

  test('case 39: control characters, six bytes of JSON each, are cut at the size of the body', () => {
    const message = '\u0001'.repeat(100_000);
    const batches = gather(Array.from({ length: 10 }, () => ({ at: NOW, message })));
    for (const { pieces } of batches) {
      for (const { body } of pieces) expect(body.length).toBeLessThanOrEqual(MOST_BODY_BYTES);
    }
    expect(sizes(batches)).toEqual([5, 5]);
  });

  test('case 45: events out of order are sorted, and those of one instant stay as they came', () => {
    const [batch] = gather([
      { at: NOW + 2, message: 'c' },
      { at: NOW, message: 'a1' },
      { at: NOW + 1, message: 'b' },
      { at: NOW, message: 'a2' },
    ]);
    expect(batch?.pieces.flatMap(messagesOf)).toEqual(['a1', 'a2', 'b', 'c']);
    expect(batch?.pieces.flatMap(endsOf)).toEqual([2, 4, 3, 1]);
  });

  test('case 45: events more than 24 hours apart go in several calls, each of which AWS takes', () => {
    const hours = [0, 12, 24, 25, 49, 50].map((hour) => ({
      at: NOW + (hour - 60) * 3_600_000,
      message: `${hour}`,
    }));
    const [batch] = gather(hours);
    const pieces = batch?.pieces ?? [];
    expect(pieces.map(messagesOf)).toEqual([['0', '12', '24'], ['25', '49'], ['50']]);
    for (const piece of pieces) expect(verdict(piece)).toBe('accepted');
  });

  test('what JSON escapes, and what takes more bytes than letters, comes out as it went in', () => {
    const messages = [
      'plain',
      '"quoted" \\ \t \u0001',
      '€uro',
      'é',
      '💶 \ud83d half',
      'x'.repeat(5000),
      '€'.repeat(5000),
    ];
    const [batch] = gather(messages.map((message) => ({ at: NOW, message })));
    expect(batch?.pieces.flatMap(messagesOf)).toEqual(messages);
  });

  test('the whole may be asked for before and after its parts', () => {
    const [batch] = gather(['a', 'b', 'c'].map((message) => ({ at: NOW, message })));
    const [piece] = batch?.pieces ?? [];
    const parts = (): unknown => piece && [piece, piece.part(0, 1), piece.part(1), piece].map(messagesOf);
    expect(parts()).toEqual([['a', 'b', 'c'], ['a'], ['b', 'c'], ['a', 'b', 'c']]);
    expect(parts()).toEqual([['a', 'b', 'c'], ['a'], ['b', 'c'], ['a', 'b', 'c']]);
  });

  test('a piece of a piece has the events that it says', () => {
    const [batch] = gather(['a', 'b', 'c', 'd'].map((message) => ({ at: NOW, message })));
    const [piece] = batch?.pieces ?? [];
    const part = piece?.part(1).part(0, 2);
    expect(part && messagesOf(part)).toEqual(['b', 'c']);
    expect(part && endsOf(part)).toEqual([2, 3]);
    expect(() => part?.origin(9)).toThrow(RangeError);
    expect(part?.length).toBe(2);
  });
});

function gather(events: readonly { readonly at: number; readonly message: string }[]): readonly Batch[] {
  const account = {
    ledger: new Ledger(),
    progress: new Progress(() => {}),
    memory: new MemoryBudget(1).hold(),
  };
  const gathering = new BatchGathering({ group: 'a "group"', stream: 's' });
  const batches: Batch[] = [];
  const seal = (): void => {
    const batch = gathering.seal();
    if (batch) batches.push(batch);
  };
  for (const [index, { at, message }] of events.entries()) {
    const size = Buffer.byteLength(message);
    const event: TakenEvent = { at, message, size, end: index + 1, number: index, account, readBytes: size };
    if (gathering.add(event, size)) continue;
    seal();
    gathering.add(event, size);
  }
  seal();
  return batches;
}

function sizes(batches: readonly Batch[] | undefined): readonly number[] {
  return (batches ?? []).map(({ pieces }) => pieces.reduce((sum, { length }) => sum + length, 0));
}

function eventsOf(piece: Piece): readonly { readonly timestamp: number; readonly message: string }[] {
  const body = JSON.parse(piece.body.toString()) as {
    readonly logGroupName: string;
    readonly logStreamName: string;
    readonly logEvents: readonly { timestamp: number; message: string }[];
  };
  expect(body).toMatchObject({ logGroupName: 'a "group"', logStreamName: 's' });
  return body.logEvents;
}

function messagesOf(piece: Piece): readonly string[] {
  return eventsOf(piece).map(({ message }) => message);
}

function endsOf(piece: Piece): readonly number[] {
  return Array.from({ length: piece.length }, (_, index) => piece.origin(index).end);
}

function verdict(piece: Piece): string {
  return judgeBatch(eventsOf(piece), NOW, undefined).kind;
}
