import { expect, test } from 'vitest';
import { createEventTime, instantOf } from '#agent/logs/text/event-time.ts';
import { compileTimeFormat } from '#agent/logs/text/time-format.ts';
import { TimeTally } from '#agent/logs/text/time-tally.ts';
import { timeZoneOf, UTC, type TimeZone } from '#agent/logs/text/time-zone.ts';
import { FakeClock } from '../../support/fake-clock.ts';

const NOW = Date.UTC(2026, 10, 21, 12);

test.each([
  ['%Y-%m-%d %H:%M:%S,%L', 'x 2026-11-21 10:11:12,345 y', '2026-11-21T10:11:12.345Z'],
  ['%d/%b/%Y:%H:%M:%S %z', '1.2.3.4 - - [21/Nov/2026:10:11:12 +0200] "GET', '2026-11-21T08:11:12.000Z'],
  ['%a %b %d %H:%M:%S.%f %Y', '[Sat Nov 21 10:11:12.123456 2026] [core]', '2026-11-21T10:11:12.123Z'],
  ['%b %e %H:%M:%S', 'Nov  5 01:02:03 host app', '2026-11-05T01:02:03.000Z'],
  ['%D %I:%M:%S %p', '11/21/26 12:30:00 AM', '2026-11-21T00:30:00.000Z'],
  ['%D %I:%M:%S %p', '11/21/26 1:30:00 pm', '2026-11-21T13:30:00.000Z'],
  ['%F %T %Z', '2026-11-21 10:00:00 CET', '2026-11-21T09:00:00.000Z'],
  ['%F %T %Z', '2026-07-21 10:00:00 PDT', '2026-07-21T17:00:00.000Z'],
  ['%s', 'at 1763719200 it', '2025-11-21T10:00:00.000Z'],
  ['%H:%M:%S', '11:59:59 noon', '2026-11-21T11:59:59.000Z'],
  ['%H:%M:%S', '23:59:59 last night', '2026-11-20T23:59:59.000Z'],
  ['%Y-%j %T', '2026-325 10:00:00', '2026-11-21T10:00:00.000Z'],
  ['%Y%j', '2024366', '2024-12-31T00:00:00.000Z'],
  ['%j %T', '324 23:59:59', '2026-11-20T23:59:59.000Z'],
  ['%j %T', '366 23:59:59', '2024-12-31T23:59:59.000Z'],
  ['%F (%j)', '2026-11-21 (325)', '2026-11-21T00:00:00.000Z'],
  ['%y%m%d %T', '691231 00:00:00', '1969-12-31T00:00:00.000Z'],
])('%s reads "%s"', (format, line, expected) => {
  expect(iso(read(format, line))).toBe(expected);
});

test.each([
  ['"time":%s', '{"level":30,"time":1763719200123,"pid":1}', '2025-11-21T10:00:00.123Z'],
  ['%s', '1763719200123456 x', '2025-11-21T10:00:00.123Z'],
  ['%s', '1763719200123456789 x', '2025-11-21T10:00:00.123Z'],
  ['%s%L', '1763719200123', '2025-11-21T10:00:00.123Z'],
  ['%s%L', '1763719200', '2025-11-21T10:00:00.000Z'],
  ['"t":%s%f', '{"t":1763719200123456789}', '2025-11-21T10:00:00.123Z'],
  ['%s.%f', 'at 1763719200.5', '2025-11-21T10:00:00.500Z'],
  ['%s.%L', '[1763719200.123]', '2025-11-21T10:00:00.123Z'],
  ['%s.%f', '1763719200123.456 is a number of milliseconds', '2025-11-21T10:00:00.123Z'],
  ['%s', '999999999 of 2001', '2001-09-09T01:46:39.000Z'],
  ['%s', '17637192001 counts tenths', 'none'],
  ['%s', '20251121100000 is a date', 'none'],
  ['%s', 'neither 12345678 nor 123456789012345678901', 'none'],
])('a number since the epoch tells by its digits what it counts: %s reads "%s"', (format, line, expected) => {
  expect(iso(read(format, line))).toBe(expected);
});

test.each([
  ['%F %T %z', '2026-11-21 19:00:00 +09 [1] x', '2026-11-21T10:00:00.000Z'],
  ['%F %T%z', '2026-11-21 06:30:00-0330', '2026-11-21T10:00:00.000Z'],
  ['%F %T %Z', '2026-11-21 07:00:00 -03', '2026-11-21T10:00:00.000Z'],
  ['%F %T %Z', '2026-11-21 19:00:00 JST', '2026-11-21T10:00:00.000Z'],
  ['%F %T %Z', '2026-11-21 13:00:00 GMT+03:00', '2026-11-21T10:00:00.000Z'],
  ['%F %T %Z', '2026-11-21 11:00:00 Europe/Berlin', '2026-11-21T10:00:00.000Z'],
  ['%F %T %Z', '2026-11-21 13:00:00 GMT+3', 'none'],
  ['%F %T %Z', '2026-11-21 10:00:00 IST', 'none'],
  ['%F %T %Z', '2026-11-21 10:00:00 XYZ', 'none'],
  ['%F %T %z', '2026-11-21 10:00:00 +25:00', 'none'],
])('a zone of the line is understood, or it is no time: %s reads "%s"', (format, line, expected) => {
  expect(iso(read(format, line))).toBe(expected);
});

test('a name of several zones is that of the configured one, where it is one of them', () => {
  const format = '%F %T %Z';
  const of = (name: string, text: string) => iso(read(format, `2026-07-21 12:00:00 ${text}`, zone(name)));
  expect(of('Asia/Kolkata', 'IST')).toBe('2026-07-21T06:30:00.000Z');
  expect(of('Europe/Dublin', 'IST')).toBe('2026-07-21T11:00:00.000Z');
  expect(of('Asia/Shanghai', 'CST')).toBe('2026-07-21T04:00:00.000Z');
  expect(of('America/Chicago', 'CST')).toBe('2026-07-21T17:00:00.000Z');
  expect(of('America/Sao_Paulo', 'GMT+3')).toBe('2026-07-21T15:00:00.000Z');
  expect(of('America/Chicago', 'IST')).toBe('none');
});

test.each(['%Q', '100%', 'no field', '%a'])('%s is no format, and says why', (format) => {
  expect(compileTimeFormat(format)).toBeTypeOf('string');
});

test('case 44: without a year, the last one that is not after tomorrow', () => {
  const format = '%b %d %H:%M:%S';
  const at = (now: string, line: string) => iso(read(format, line, UTC, Date.parse(now)));
  expect(at('2027-01-01T00:00:05Z', 'Dec 31 23:59:59')).toBe('2026-12-31T23:59:59.000Z');
  expect(at('2026-12-31T23:59:58Z', 'Jan 01 00:00:01')).toBe('2027-01-01T00:00:01.000Z');
  expect(at('2026-11-21T00:00:00Z', 'Nov 25 00:00:00')).toBe('2025-11-25T00:00:00.000Z');
  expect(at('2026-11-21T00:00:00Z', 'Feb 29 12:00:00')).toBe('2024-02-29T12:00:00.000Z');
  expect(read('%F', '2026-02-29')).toBeUndefined();
  expect(read('%Y-%j', '2026-366')).toBeUndefined();
  expect(read('%Y-%j', '2026-000')).toBeUndefined();
});

test('case 44: the hour that comes twice, and the one that does not come', () => {
  const berlin = zone('Europe/Berlin');
  const first = berlin.instantOf(wall('2026-10-25T02:30:00'));
  expect(iso(first)).toBe('2026-10-25T00:30:00.000Z');
  expect(iso(berlin.instantOf(wall('2026-10-25T02:10:00'), first))).toBe('2026-10-25T01:10:00.000Z');
  expect(iso(berlin.instantOf(wall('2026-10-25T02:40:00'), first))).toBe('2026-10-25T00:40:00.000Z');
  expect(iso(berlin.instantOf(wall('2026-03-29T02:30:00')))).toBe('2026-03-29T01:30:00.000Z');
});

test('case 44: zones by name and by offset', () => {
  expect(iso(zone('America/New_York').instantOf(Date.UTC(2026, 6, 1, 12)))).toBe('2026-07-01T16:00:00.000Z');
  expect(iso(zone('Asia/Kolkata').instantOf(Date.UTC(2026, 6, 1, 12)))).toBe('2026-07-01T06:30:00.000Z');
  expect(iso(zone('-03:30').instantOf(Date.UTC(2026, 6, 1, 12)))).toBe('2026-07-01T15:30:00.000Z');
  expect(timeZoneOf('Mars/Olympus')).toBeUndefined();
});

test.each([
  ['2026-11-21T10:11:12Z x', '2026-11-21T10:11:12.000Z'],
  ['2026-11-21T10:11:12.123456789Z', '2026-11-21T10:11:12.123Z'],
  ['2026-11-21 10:11:12,5 INFO', '2026-11-21T10:11:12.500Z'],
  ['2026/11/21 10:11:12 [error]', '2026-11-21T10:11:12.000Z'],
  ['2026-11-21T10:11:12+02:00', '2026-11-21T08:11:12.000Z'],
  ['2026-11-21 10:11:12.000 -0130 x', '2026-11-21T11:41:12.000Z'],
  ['2026-11-21 10:11:12 Zoo', '2026-11-21T10:11:12.000Z'],
  ['2026-11-21 10:11:60Z', '2026-11-21T10:12:00.000Z'],
  ['2026-11-21 19:11:12.123 +09 [4711] LOG:  x', '2026-11-21T10:11:12.123Z'],
  ['2026-11-21 07:11:12 -03 x', '2026-11-21T10:11:12.000Z'],
  ['2026-11-21T15:41:12+0530', '2026-11-21T10:11:12.000Z'],
  ['2026-11-21t10:11:12z', '2026-11-21T10:11:12.000Z'],
  ['2026-11-21 19:11:12 JST [1] x', '2026-11-21T10:11:12.000Z'],
  ['2026-11-21 11:11:12 Europe/Berlin x', '2026-11-21T10:11:12.000Z'],
  ['2026-11-21T11:11:12+01:00[Europe/Berlin] x', '2026-11-21T10:11:12.000Z'],
  ['2026-11-21 10:11:12 WARN GET/POST', '2026-11-21T10:11:12.000Z'],
  ['2026-11-21 10:11:12 - INFO - x', '2026-11-21T10:11:12.000Z'],
  ['2026-11-21 10:11:12 -100 items', '2026-11-21T10:11:12.000Z'],
  ['2026-11-21 10:11:12 -5 items', '2026-11-21T10:11:12.000Z'],
  ['[2026-11-21T10:11:12+00:00] INFO: x', '2026-11-21T10:11:12.000Z'],
  ['  ("2026-11-21 10:11:12")', '2026-11-21T10:11:12.000Z'],
  ['<134>1 2026-11-21T10:11:12Z host app', '2026-11-21T10:11:12.000Z'],
  ['{"level":"info","@timestamp":"2026-11-21T10:11:12.5Z"}', '2026-11-21T10:11:12.500Z'],
  ['{ "at": 1, "time" : "2026-11-21 10:11:12" }', '2026-11-21T10:11:12.000Z'],
  ['level=warn ts=2026-11-21T10:11:12.5Z caller=x', '2026-11-21T10:11:12.500Z'],
  ['time="2026-11-21T10:11:12+01:00" level=info', '2026-11-21T09:11:12.000Z'],
])('ISO times are read without a pattern: %s', (line, expected) => {
  expect(iso(createEventTime({ format: 'iso', zone: UTC }, new FakeClock(NOW))(line))).toBe(expected);
});

test.each([
  '2026-11-21 10:11:12+9900',
  '2026-11-21 10:11:12XYZ',
  '2026-11-21 01:11:12 PM',
  '2026-11-21 10:11:12 IST',
  'caused at 2026-11-21 10:11:12',
  '    at 2026-11-21 10:11:12',
  '{"msg":"of 2026-11-21 10:11:12"}',
])('what is no time that is understood is none: %s', (line) => {
  expect(createEventTime({ format: 'iso', zone: UTC }, new FakeClock(NOW))(line)).toBe(NOW);
});

test('a format that fits none of the first hundred events is told once, and counted', () => {
  let told = 0;
  const tally = new TimeTally(() => (told += 1));
  const timeOf = createEventTime({ format: 'iso', zone: UTC }, new FakeClock(NOW), [tally]);
  for (let n = 0; n < 99; n += 1) timeOf('no time');
  expect(told).toBe(0);
  for (let n = 0; n < 200; n += 1) timeOf('no time');
  timeOf('2026-11-21T10:11:12Z');
  expect(told).toBe(1);
  expect(tally.counts).toEqual({ readable: 1, unreadable: 299 });
  tally.begin();
  timeOf('2026-11-21T10:11:12Z');
  for (let n = 0; n < 200; n += 1) timeOf('no time');
  expect(told).toBe(1);
});

test('case 43: without a readable time a line has that of the one before it, for a minute; then it is now', async () => {
  const clock = new FakeClock(NOW);
  const timeOf = createEventTime({ format: 'iso', zone: UTC }, clock);
  expect(timeOf('no time yet')).toBe(NOW);
  expect(iso(timeOf('2026-02-30T10:00:00Z is no day'))).toBe(iso(NOW));
  const first = timeOf('2026-11-20T10:00:00Z');
  expect(timeOf('  at a.b.c')).toBe(first);
  await clock.advance(60_000);
  expect(timeOf('  at a.b.c')).toBe(first);
  await clock.advance(1);
  expect(timeOf('  at a.b.c')).toBe(NOW + 60_001);
});

test('case 31: a clock that jumps back does not make the time of a line stand still', async () => {
  const clock = new FakeClock(NOW);
  const timeOf = createEventTime({ format: 'iso', zone: UTC }, clock);
  timeOf('2026-11-21T12:00:00Z');
  clock.jump(-7_200_000);
  await clock.advance(60_001);
  expect(timeOf('no time')).toBe(NOW - 7_200_000 + 60_001);
});

function read(format: string, line: string, configured: TimeZone = UTC, now = NOW): number | undefined {
  const compiled = compileTimeFormat(format);
  if (typeof compiled === 'string') throw new Error(compiled);
  const written = compiled(line);
  return written && instantOf(written, configured, now);
}

function wall(text: string): number {
  return Date.parse(`${text}Z`);
}

function zone(name: string): TimeZone {
  const found = timeZoneOf(name);
  if (!found) throw new Error(name);
  return found;
}

function iso(at: number | undefined): string {
  return at === undefined ? 'none' : new Date(at).toISOString();
}
