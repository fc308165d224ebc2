import { MOST_EVENT_BYTES } from '../text/event-limit.ts';
import { isEncodingLabel } from '../text/encoding.ts';
import { compileLinePattern, type LinePattern } from '../text/line-pattern.ts';
import type { Multiline, TextRules } from '../text/text-rules.ts';
import { compileTimeFormat } from '../text/time-format.ts';
import { timeZoneOf } from '../text/time-zone.ts';
import type { SettingsSheet } from './settings-sheet.ts';

const LEAST_EVENT_BYTES = 1024;

/** Longer events are allowed by AWS, and by `maxEvent`; the consoles show none of them. */
const DEFAULT_EVENT_BYTES = 1_000_000;

/** A record that may go on is shipped when its file has been still for so long. */
const FLUSH_MS = 5_000;

/** How the bytes of files become events; problems go to `sheet`. */
export async function readTextRules(sheet: SettingsSheet): Promise<{ text: TextRules; flushMs: number }> {
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
  const records = sheet.map('multiline');
  const multiline = records && (await readMultiline(records));
  const flushMs = records?.duration('flush') ?? FLUSH_MS;
  records?.end();
  const time = readTime(sheet.map('timestamp'));
  const text = {
    encoding: encoding ?? 'utf-8',
    maxEventBytes: maxEventBytes ?? DEFAULT_EVENT_BYTES,
    longLines: longLines ?? 'split',
    ...(multiline === undefined ? {} : { multiline }),
    ...(time === undefined ? {} : { time }),
  };
  return { text, flushMs };
}

/** Undefined, and told to `sheet`, for what is no RE2 pattern (case 42). */
export async function readPattern(
  sheet: SettingsSheet,
  name: string,
  source: string,
): Promise<LinePattern | undefined> {
  const compiled = await compileLinePattern(source);
  if (compiled.kind === 'ok') return compiled.pattern;
  sheet.problem(name, `${JSON.stringify(source)} is no RE2 pattern: ${compiled.reason}`);
  return undefined;
}

async function readMultiline(sheet: SettingsSheet): Promise<Multiline | undefined> {
  const ways = (['start', 'end', 'continue'] as const).flatMap((by) => {
    const source = sheet.text(by);
    return source === undefined ? [] : [{ by, source }];
  });
  const [way] = ways;
  if (!way || ways.length > 1) {
    sheet.problem('', 'needs one of start, end and continue');
    return undefined;
  }
  const pattern = await readPattern(sheet, way.by, way.source);
  if (!pattern) return undefined;
  return way.by === 'continue' ? { by: 'start', pattern: (line) => !pattern(line) } : { by: way.by, pattern };
}

function readTime(sheet: SettingsSheet | undefined): TextRules['time'] {
  if (!sheet) return undefined;
  const zone = timeZoneOf(sheet.text('zone') ?? 'UTC');
  if (!zone) sheet.problem('zone', 'must be UTC, local, +02:00 or a name such as Europe/Dublin');
  const written = sheet.text('format');
  if (written === undefined)
    sheet.problem('format', 'is needed: iso, or one of strftime such as %Y-%m-%d %H:%M:%S');
  sheet.end();
  const format = written === undefined || written === 'iso' ? 'iso' : compileTimeFormat(written);
  if (typeof format === 'function' || format === 'iso') return zone && { format, zone };
  sheet.problem('format', format);
  return undefined;
}

function parseSize(text: string): number | undefined {
  const found = /^(\d+)\s*(B|KB|KiB|MB|MiB)?$/i.exec(text.trim());
  const unit = { b: 1, kb: 1000, kib: 1024, mb: 1e6, mib: 1024 ** 2 }[found?.[2]?.toLowerCase() ?? 'b'];
  return found && unit !== undefined ? Number(found[1]) * unit : undefined;
}
