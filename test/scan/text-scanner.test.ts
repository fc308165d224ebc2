import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createTextScanner, type Sighting, type TextScanner } from '#agent/scan/text/text-scanner.ts';

const ENDPOINTS = [
  'https://sqs.us-east-1.amazonaws.com/123456789012/orders',
  'region = eu-west-1',
  'arn:aws:sns:ap-northeast-1:123456789012:alarms',
  'AVAILABILITY_ZONE=us-west-2b',
  'subnet-0abcdef1234567890',
  'é ü 日本 region: eu-central-1',
  Buffer.from('{"host":"sqs.eu-north-1.amazonaws.com"}').toString('base64'),
];
/** More than the detector looks at for any of the above. */
const MARGIN = 4096;

describe('a text scanner', () => {
  it('gives the same for any size of chunk and any portions it is filled in', () => {
    const filler = fc.oneof(
      fc.string({ maxLength: 80 }),
      fc.integer({ min: 1, max: 9000 }).map((length) => 'lorem ipsum '.repeat(length / 12)),
      fc.constantFrom('\n', '\r\n', ' ', '\0', '\n# landfall:allow us-east-1 because\n'),
    );
    const parts = fc.array(fc.oneof(filler, fc.constantFrom(...ENDPOINTS.map((text) => ` ${text} `))), {
      maxLength: 30,
    });
    fc.assert(
      fc.property(
        parts,
        fc.integer({ min: 1, max: 9000 }),
        fc.integer({ min: 1, max: 5000 }),
        (texts, chunk, step) => {
          const bytes = Buffer.from(texts.join(''));
          expect(sightingsIn(bytes, { chunk, step })).toEqual(
            sightingsIn(bytes, { chunk: 1 << 22, step: 1 << 22 }),
          );
        },
      ),
    );
  });

  it('sees the comment on the line before also where a chunk ends within the line', () => {
    const text = `${'x'.repeat(9000)}\n# landfall:allow us-east-1 because\n\0region=us-east-1${' y'.repeat(5000)}`;
    for (let chunk = 700; chunk < 900; chunk++) {
      const [only] = sightingsIn(Buffer.from(text), { chunk, step: 1 << 20 });
      expect(only).toMatchObject({ line: 3, allowed: true });
    }
  });

  it('finds a name once, wherever a border cuts it', () => {
    const endpoint = ' sqs.us-east-1.amazonaws.com ';
    for (let at = 0; at < 60; at++) {
      const text = `${'x'.repeat(9000 + at)}${endpoint}${'y'.repeat(20_000)}`;
      const [only, ...others] = sightingsIn(Buffer.from(text), { chunk: 1000, step: 777 });
      expect(others).toEqual([]);
      expect(only).toMatchObject({ line: 1, column: 9002 + at, offset: 9005 + at, region: 'us-east-1' });
    }
  });

  it('says where the text stands: the line, and the column in characters', () => {
    const text = `first\n\n${'ä'.repeat(3)} mydb.abc.us-east-1.rds.amazonaws.com\n`;
    const [only] = sightingsIn(Buffer.from(text));
    expect(only).toMatchObject({ line: 3, column: 5, text: 'mydb.abc.us-east-1.rds.amazonaws.com' });
    expect(text.split('\n')[2]?.slice(4)).toBe(only?.text);
  });

  it('counts lines over many chunks', () => {
    const lines = Array.from({ length: 50_000 }, (_, index) => `line ${index}`);
    lines[0] = 'region=us-east-1';
    lines[33_333] = 'region=us-east-1';
    const found = sightingsIn(Buffer.from(lines.join('\n')), { chunk: 10_000, step: 10_000 });
    expect(found.map(({ line }) => line)).toEqual([1, 33_334]);
  });

  it('starts anew after the end', () => {
    const seen: Sighting[] = [];
    const scanner = createTextScanner((sighting) => seen.push(sighting));
    for (const _ of [1, 2]) feed(scanner, Buffer.from('\nregion=us-east-1'), 1000);
    expect(seen[0]).toEqual(seen[1]);
    expect(seen).toHaveLength(2);
  });

  it('never shows the password of a URL', () => {
    const [only] = sightingsIn(Buffer.from('amqps://user:hunter2@b-1.mq.us-east-1.amazonaws.com:5671'));
    expect(only?.text).toBe('b-1.mq.us-east-1.amazonaws.com');
  });
});

function sightingsIn(bytes: Buffer, { chunk = 1 << 20, step = 1 << 20 } = {}): readonly Sighting[] {
  const seen: Sighting[] = [];
  feed(
    createTextScanner((sighting) => seen.push(sighting), { chunk, margin: MARGIN }),
    bytes,
    step,
  );
  return seen;
}

function feed(scanner: TextScanner, bytes: Buffer, step: number): void {
  for (let at = 0; at < bytes.length;) {
    const room = scanner.room();
    const part = bytes.subarray(at, at + Math.min(step, room.length));
    room.set(part);
    scanner.filled(part.length);
    at += part.length;
  }
  scanner.end();
}
