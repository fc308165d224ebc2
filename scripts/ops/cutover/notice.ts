import { createHash } from 'node:crypto';
import { textOf, type YamlTree } from '../across/yaml-tree.ts';
import { mapOf, matching, wrong } from './runbook-entries.ts';

/** What users are told before a name moves. */
export interface Notice {
  readonly text: string;
  /** Epoch ms: the time that is in the text, before which the name does not move. */
  readonly at: number;
  /** The operator's, for a shell: it sends the text, which is in `LANDFALL_CUTOVER_NOTICE`. */
  readonly command: string | undefined;
}

const KEYS = ['at', 'zone', 'text', 'command'];

const USUAL =
  '{service} moves on {when}. It may be read-only or away for a while from then on. You do not have to do anything.';

/** Words that half of those who read them take for another day, or for noon. */
const AMBIGUOUS = /\bmidnight\b|\b12(?:[:.]00)?\s*[ap]\.?m\b|\b(?:24[:.]00)\b/i;

/** @throws LandfallError `LF_USAGE` for what readers could take for another time. */
export function readNotice(tree: YamlTree | undefined, service: string, file: string): Notice | undefined {
  if (tree === undefined) return undefined;
  const entries = mapOf(tree, KEYS, file, 'notice.');
  const local = matching(entries.get('at'), /^\d{4}-\d\d-\d\d[ T]\d\d:\d\d$/, file, 'notice.at').replace(
    'T',
    ' ',
  );
  const zone = textOf(entries.get('zone'));
  if (zone === '' || !isZone(zone))
    throw wrong(
      file,
      zone === '' ? 'notice.zone is missing' : `notice.zone is ${zone}, which is no time zone`,
    );
  if (/ (?:00:00|24:00)$/.test(local))
    throw wrong(
      file,
      `notice.at is ${local}, which people take for the night before or after; take 23:55 or 00:05`,
    );
  const [at, second] = instantsOf(local, zone);
  if (at === undefined) throw wrong(file, `notice.at is ${local}, which no clock in ${zone} shows`);
  if (second !== undefined) throw wrong(file, `notice.at is ${local}, which clocks in ${zone} show twice`);
  const form = textOf(entries.get('text')) || USUAL;
  if (!form.includes('{when}'))
    throw wrong(file, 'notice.text has no {when}, which says day, time and time zone');
  const odd = AMBIGUOUS.exec(form)?.[0];
  if (odd !== undefined) throw wrong(file, `notice.text says ${odd}, which people take for the other one`);
  const text = form.replaceAll('{service}', service).replaceAll('{when}', whenText(at, zone));
  return { text, at, command: textOf(entries.get('command')) || undefined };
}

/** Digest of a notice: one text is told once. */
export function noticeDigest({ text }: Notice): string {
  return createHash('sha256').update(text).digest('hex');
}

const twoDigits = (minutes: number): string => String(minutes).padStart(2, '0');

/** `Saturday, 5 December 2026, 22:00 Europe/Dublin (UTC+00:00), which is 2026-12-05 22:00 UTC`. */
function whenText(at: number, zone: string): string {
  const day = new Intl.DateTimeFormat('en-GB', { timeZone: zone, dateStyle: 'full' }).format(at);
  const [, time = ''] = localText(at, zone).split(' ');
  const offset = offsetMinutes(at, zone);
  const [hours, minutes] = [Math.floor(Math.abs(offset) / 60), Math.abs(offset) % 60];
  const utc = `UTC${offset < 0 ? '-' : '+'}${twoDigits(hours)}:${twoDigits(minutes)}`;
  return `${day}, ${time} ${zone} (${utc}), which is ${localText(at, 'UTC')} UTC`;
}

function isZone(zone: string): boolean {
  try {
    return new Intl.DateTimeFormat('en-GB', { timeZone: zone }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

/** The instants at which clocks there show this: none where they are put forward, two where they are put back. */
function instantsOf(local: string, zone: string): readonly number[] {
  const asUtc = Date.parse(`${local.replace(' ', 'T')}:00Z`);
  if (Number.isNaN(asUtc)) return [];
  const offsets = [-DAY_MS, DAY_MS].map((around) => offsetMinutes(asUtc + around, zone));
  const instants = [...new Set(offsets)].map((offset) => asUtc - offset * 60_000);
  return instants.filter((at) => localText(at, zone) === local).toSorted((one, other) => one - other);
}

const DAY_MS = 86_400_000;

function offsetMinutes(at: number, zone: string): number {
  return Math.round((Date.parse(`${localText(at, zone).replace(' ', 'T')}:00Z`) - at) / 60_000);
}

/** `2026-12-05 22:00`. */
function localText(at: number, zone: string): string {
  const parts = new Intl.DateTimeFormat('en-GB', {
    timeZone: zone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  }).formatToParts(at);
  const of = (type: Intl.DateTimeFormatPartTypes): string =>
    parts.find((one) => one.type === type)?.value ?? '';
  return `${of('year')}-${of('month')}-${of('day')} ${of('hour')}:${of('minute')}`;
}
