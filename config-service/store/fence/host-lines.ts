import { createHash } from 'node:crypto';
import { isoTime } from '../../kit/iso-time.ts';
import { printStamp, type Kinship, type Stamp } from '../stamp/stamp.ts';

/** What a line of a file of host names says (hosts(5)). */
export interface HostLine {
  readonly address: string;
  /** The canonical name first. */
  readonly names: readonly string[];
  /** Epoch ms at which it goes; undefined: it stays. */
  readonly until?: number | undefined;
}

/** A line that others wrote, with where it stands, from 1. */
export interface OtherLine extends HostLine {
  readonly line: number;
}

/** A line that Landfall wrote, and whose it is. */
export interface MarkedLine extends HostLine {
  readonly kinship: Kinship;
}

export interface HostLines {
  readonly marked: readonly MarkedLine[];
  readonly others: readonly OtherLine[];
}

/** At the end of a line of ours: digests of the place and of the whole stamp, and when the line goes. A comment to whoever resolves. */
const MARK = /[ \t]# landfall ([0-9a-f]{8})-([0-9a-f]{8})(?: until (\S+))?[ \t]*\r?$/;

/** Whether any line may be one of ours: cheap, for files without. */
export function mayHaveHostLines(text: string): boolean {
  return text.includes('# landfall ');
}

export function readHostLines(text: string, here: Stamp): HostLines {
  const marked: MarkedLine[] = [];
  const others: OtherLine[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    const mark = MARK.exec(line);
    const [address, ...names] = line.replace(/#.*/s, '').split(/\s+/).filter(Boolean);
    if (mark)
      marked.push({ address: address ?? '', names, until: untilOf(mark), kinship: kinOf(mark, here) });
    else if (address !== undefined && names.length > 0) others.push({ address, names, line: index + 1 });
  }
  return { marked, others };
}

/** Without the lines of ours that are to go; every other byte as it was. */
export function withoutHostLines(
  text: string,
  here: Stamp | undefined,
  isGoing: (line: Pick<MarkedLine, 'kinship' | 'until'>) => boolean,
): string {
  const lines = text.split('\n').filter((line) => {
    const mark = MARK.exec(line);
    if (!mark) return true;
    return !isGoing({ until: untilOf(mark), kinship: here ? kinOf(mark, here) : 'foreign' });
  });
  return lines.join('\n');
}

/** With `lines` at the end and no others of ours. */
export function withHostLines(text: string, here: Stamp, lines: readonly HostLine[]): string {
  const rest = withoutHostLines(text, here, () => true);
  if (lines.length === 0) return rest;
  const open = rest === '' || rest.endsWith('\n') ? rest : `${rest}\n`;
  return `${open}${lines.map((line) => `${printLine(line, here)}\n`).join('')}`;
}

function printLine({ address, names, until }: HostLine, here: Stamp): string {
  const end = until === undefined ? '' : ` until ${isoTime(until)}`;
  return `${address}\t${names.join(' ')} # landfall ${placeDigest(here)}-${digest(printStamp(here))}${end}`;
}

function kinOf([, place, owner]: RegExpExecArray, here: Stamp): Kinship {
  if (place !== placeDigest(here)) return 'foreign';
  return owner === digest(printStamp(here)) ? 'same' : 'other-instance';
}

/** As `compareStamps` tells places apart. */
function placeDigest({ partition, account, region }: Stamp): string {
  return digest([partition, account, region].join('\n'));
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 8);
}

/** What cannot be read as a time has none left. */
function untilOf([, , , text]: RegExpExecArray): number | undefined {
  if (text === undefined) return undefined;
  const until = Date.parse(text);
  return Number.isNaN(until) ? 0 : until;
}
