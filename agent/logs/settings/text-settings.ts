import { MOST_EVENT_BYTES } from '../text/event-limit.ts';
import { isEncodingLabel } from '../text/encoding.ts';
import { createIsoReader } from '../text/iso-time.ts';
import { compileLinePattern, type LinePattern } from '../text/line-pattern.ts';
import type { Multiline, TextRules } from '../text/text-rules.ts';
import { compileTimeFormat, timePatternOf } from '../text/time-format.ts';
import { timeZoneOf } from '../text/time-zone.ts';
import type { FieldReader } from '../../plan/field-reader.ts';

const LEAST_EVENT_BYTES = 1024;

/** Longer events are allowed by AWS, and by `maxEvent`; the consoles show none of them. */
const DEFAULT_EVENT_BYTES = 1_000_000;

/** A record that may go on is shipped when its file has been still for so long. */
const FLUSH_MS = 5_000;

/** How the bytes of files become events; problems go to `sheet`. */
export async function readTextRules(sheet: FieldReader): Promise<{ text: TextRules; flushMs: number }> {
  const encoding = sheet.value(
    'encoding',
    'a name of an encoding, such as utf-8, utf-16 or latin1',
    (value) => (typeof value === 'string' && isEncodingLabel(value) ? value : undefined),
  );
  const maxEventBytes = sheet.value('maxEvent', `a size from 1KiB to ${MOST_EVENT_BYTES} bytes`, (value) => {
    const bytes =
      typeof value === 'string' || typeof value === 'number' ? parseSize(String(value)) : undefined;
    return bytes !== undefined && bytes >= LEAST_EVENT_BYTES && bytes <= MOST_EVENT_BYTES ? bytes : undefined;
  });
  const longLines = sheet.oneOf('longLines', 'split', 'truncate');
  const { multiline, flushMs, time } = await readRecordRules(sheet);
  const text = {
    encoding: encoding ?? 'utf-8',
    maxEventBytes: maxEventBytes ?? DEFAULT_EVENT_BYTES,
    longLines: longLines ?? 'split',
    ...(multiline === undefined ? {} : { multiline }),
    ...(time === undefined ? {} : { time }),
  };
  return { text, flushMs };
}

export interface RecordRules {
  readonly multiline: Multiline | undefined;
  readonly flushMs: number;
  readonly time: TextRules['time'] | undefined;
}

/** Which lines are one record, and when it happened; problems go to `sheet`. */
export async function readRecordRules(sheet: FieldReader): Promise<RecordRules> {
  const timestamp = sheet.map('timestamp');
  const written = timestamp?.text('format');
  const time = timestamp && readTime(timestamp, written);
  const records = sheet.map('multiline');
  const multiline = records && (await readMultiline(records, written, time));
  const flushMs = records?.duration('flush') ?? FLUSH_MS;
  records?.end();
  return { multiline, flushMs, time };
}

/** Undefined, and told to `sheet`, for what is no RE2 pattern (case 42). */
export async function readPattern(
  sheet: FieldReader,
  name: string,
  source: string,
): Promise<LinePattern | undefined> {
  const compiled = await compileLinePattern(source);
  if (compiled.kind === 'ok') return compiled.pattern;
  sheet.problem(name, `${JSON.stringify(source)} is no RE2 pattern: ${compiled.reason}`);
  return undefined;
}

async function readMultiline(
  sheet: FieldReader,
  format: string | undefined,
  time: TextRules['time'],
): Promise<Multiline | undefined> {
  const ways = (['start', 'end', 'continue'] as const).flatMap((by) => {
    const source = sheet.text(by);
    return source === undefined ? [] : [{ by, source }];
  });
  const [way] = ways;
  if (!way || ways.length > 1) {
    sheet.problem('', 'needs one of start, end and continue');
    return undefined;
  }
  const { by, source } = way;
  if (FORMAT_PLACEHOLDER.test(source) && time === undefined) {
    sheet.problem(by, 'needs timestamp: { format: ... } of this entry to know what a time looks like');
    return undefined;
  }
  const pattern = await readLinePattern(sheet, by, source, format, time);
  if (!pattern) return undefined;
  if (EVERY_KIND_OF_LINE.every((line) => pattern(line))) {
    const hint = source.includes('|') ? '; a | that is meant as a letter is written \\|' : '';
    sheet.problem(by, `${JSON.stringify(source)} fits every line, so that it tells none from another${hint}`);
    return undefined;
  }
  return by === 'continue' ? { by: 'start', pattern: (line) => !pattern(line) } : { by, pattern };
}

/** Of the CloudWatch agent, and of awslogs before it: where the format of `timestamp` fits. */
const FORMAT_PLACEHOLDER = /\{(?:timestamp|datetime)_format\}/;
const EVERY_KIND_OF_LINE: readonly string[] = ['', 'a', ' ', '\t', '0', '{', '[', '\u0001', '\u00e9', 'at x'];
const ISO_PATTERN = String.raw`\d{4}[-/]\d\d[-/]\d\d[Tt ]\d\d:\d\d:\d\d`;

async function readLinePattern(
  sheet: FieldReader,
  by: string,
  source: string,
  format: string | undefined,
  time: TextRules['time'],
): Promise<LinePattern | undefined> {
  if (!time || !FORMAT_PLACEHOLDER.test(source)) return await readPattern(sheet, by, source);
  if (source.replace(FORMAT_PLACEHOLDER, '') === '') {
    if (time.format !== 'iso') {
      const fits = time.format;
      return (line) => fits(line) !== undefined;
    }
    const read = createIsoReader(time.zone);
    return (line) => read(line) !== undefined;
  }
  const pattern = time.format === 'iso' ? ISO_PATTERN : timePatternOf(format ?? '');
  return await readPattern(
    sheet,
    by,
    source.replace(FORMAT_PLACEHOLDER, () => pattern),
  );
}

function readTime(sheet: FieldReader, written: string | undefined): TextRules['time'] {
  const zone = timeZoneOf(sheet.text('zone') ?? 'UTC');
  if (!zone) sheet.problem('zone', 'must be UTC, local, +02:00 or a name such as Europe/Dublin');
  if (written === undefined && !sheet.has('format'))
    sheet.problem('format', 'is needed: iso, or one of strftime such as %Y-%m-%d %H:%M:%S');
  sheet.end();
  if (written === undefined) return undefined;
  const format = written === 'iso' ? 'iso' : compileTimeFormat(written);
  if (typeof format === 'function' || format === 'iso') return zone && { format, zone };
  sheet.problem('format', format);
  return undefined;
}

function parseSize(text: string): number | undefined {
  const found = /^(\d+)\s*(B|KB|KiB|MB|MiB)?$/i.exec(text.trim());
  const unit = { b: 1, kb: 1000, kib: 1024, mb: 1e6, mib: 1024 ** 2 }[found?.[2]?.toLowerCase() ?? 'b'];
  return found && unit !== undefined ? Number(found[1]) * unit : undefined;
}
