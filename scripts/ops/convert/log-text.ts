import { isEncodingLabel } from '#agent/logs/text/encoding.ts';
import { compileLinePattern } from '#agent/logs/text/line-pattern.ts';
import { compileTimeFormat } from '#agent/logs/text/time-format.ts';
import { timeZoneOf } from '#agent/logs/text/time-zone.ts';
import { pathProblem } from '#agent/logs/files/path-dialect.ts';
import type { Json } from '#agent/plan/json.ts';
import type { Draft } from './draft.ts';
import type { Fields } from './fields.ts';

/** `timestamp:` of a log; undefined where there is none, or none that we read. */
export function timestampOf(
  fields: Fields,
  [format, zone]: readonly [string, string],
  draft: Draft,
): { format: string; zone: string } | undefined {
  const zoneText = fields.text(zone);
  const written = fields.text(format);
  if (written === undefined) return undefined;
  // glibc's flags of numbers without their zeros; ours are read with and without.
  const plain = written.replaceAll(/%[-_0^#](?=\w)/g, '%');
  const compiled = compileTimeFormat(plain);
  if (typeof compiled === 'string') {
    draft.leave(fields.at(format), fields.path(format), `${JSON.stringify(written)}: ${compiled}`);
    return undefined;
  }
  // Both of the old agents took the zone of the host where none was named.
  const named = zoneText === undefined || /^local$/i.test(zoneText) ? 'local' : zoneText;
  if (timeZoneOf(named)) return { format: plain, zone: named };
  draft.leave(fields.at(zone), fields.path(zone), 'is no zone; UTC, local, +02:00 or Europe/Dublin are');
  return { format: plain, zone: 'local' };
}

/** Where a record begins. `{timestamp_format}` needs a format. */
export async function multilineOf(
  fields: Fields,
  name: string,
  { hasFormat, draft }: { hasFormat: boolean; draft: Draft },
): Promise<{ start: string } | undefined> {
  const start = fields.text(name);
  if (start === undefined) return undefined;
  const usesFormat = /\{(?:timestamp|datetime)_format\}/.test(start);
  if (usesFormat && !hasFormat) {
    draft.leave(fields.at(name), fields.path(name), 'stands for a format that is not there');
    return undefined;
  }
  const compiled = usesFormat ? undefined : await compileLinePattern(start);
  if (compiled?.kind !== 'invalid') return { start };
  draft.leave(fields.at(name), fields.path(name), `is no RE2 pattern: ${compiled.reason}`);
  return undefined;
}

export function encodingOf(fields: Fields, name: string, draft: Draft): Record<string, Json> {
  const text = fields.text(name)?.replaceAll('_', '-');
  if (text === undefined || /^(utf-?8|ascii)$/i.test(text)) return {};
  if (isEncodingLabel(text)) return { encoding: text };
  draft.leave(
    fields.at(name),
    fields.path(name),
    'is no encoding that we read; docs/telemetry.md says which',
  );
  return {};
}

/** The path of a log; undefined, and told, for one that we do not follow. */
export function logPathOf(fields: Fields, name: string, draft: Draft): string | undefined {
  const path = fields.text(name);
  if (path === undefined) {
    draft.leave(fields.node, fields.path(name), 'is missing');
    return undefined;
  }
  const problem = pathProblem(path);
  if (problem === undefined) return path;
  draft.leave(fields.at(name), fields.path(name), `${path} ${problem}`);
  return undefined;
}
