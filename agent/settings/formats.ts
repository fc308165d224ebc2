import convict from 'convict';
import { parseDuration } from '#kit/duration.ts';

/** A place to listen on; always loopback. */
export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

/** `127.0.0.1:5263`, `[::1]:0`, `localhost:80` -> address; anything else, and anything not loopback -> undefined. */
export function parseListen(text: string): ListenAddress | undefined {
  const match = /^(localhost|127(?:\.\d{1,3}){3}|\[::1\]):(\d{1,5})$/.exec(text);
  if (!match?.[1] || !match[2] || Number(match[2]) > 65_535) return undefined;
  return { host: match[1].replaceAll(/[[\]]/g, ''), port: Number(match[2]) };
}

/** What the local API can be read as beside its own. */
export const SHAPES = ['spring', 'consul', 'appconfig', 'archaius'] as const;
export type ShapeName = (typeof SHAPES)[number];

/** `consul, spring` -> both, each once; undefined when there is no such shape. */
export function parseShapes(text: string): readonly ShapeName[] | undefined {
  const words = parseWords(text);
  const known = SHAPES.filter((name) => words.includes(name));
  return words.every((word) => (SHAPES as readonly string[]).includes(word)) ? known : undefined;
}

/** `50%` or `0.5` -> 0.5; undefined outside 0..100%. */
export function parsePercent(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)(%?)$/.exec(text.trim());
  if (!match?.[1]) return undefined;
  const share = match[2] === '%' ? Number(match[1]) / 100 : Number(match[1]);
  return share <= 1 ? share : undefined;
}

/** `a, b,,c` -> a b c. */
export function parseWords(text: string): readonly string[] {
  return text
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '');
}

/** `2026-11-21`, `2026-11-21T03:21:00Z`, or the name of a release, which begins with its time -> epoch ms; else undefined. */
export function parseReleaseTime(text: string): number | undefined {
  const [, date, hour = '00', minute = '00', second = '00', fraction = '0'] =
    /^(\d{4}-?\d\d-?\d\d)(?:T(\d\d):?(\d\d):?(\d\d)(?:\.(\d{1,9}))?Z(?:-[0-9a-f]{8})?)?$/.exec(text.trim()) ??
    [];
  if (date === undefined) return undefined;
  const day = date.replace(/^(\d{4})-?(\d\d)-?(\d\d)$/, '$1-$2-$3');
  const time = Date.parse(`${day}T${hour}:${minute}:${second}Z`);
  return Number.isNaN(time) ? undefined : time + Math.floor(Number(`0.${fraction}`) * 1000);
}

/** Milliseconds. Node's timers overflow after 24.8 days, and then fire at once. */
const LONGEST_MS = 7 * 86_400_000;

function accepts(name: string, test: (value: string) => boolean, expected: string): void {
  convict.addFormat({
    name,
    validate: (value: unknown) => {
      if (typeof value !== 'string' || !test(value)) throw new Error(`must be ${expected}`);
    },
  });
}

function isDuration(text: string, leastMs: number): boolean {
  const ms = parseDuration(text);
  return ms !== undefined && ms >= leastMs && ms <= LONGEST_MS;
}

accepts('interval', (value) => isDuration(value, 1000), 'a duration from 1s to 7d, such as 30s');
accepts(
  'patience-or-empty',
  (value) => value === '' || isDuration(value, 0),
  'a duration of at most 7d, such as 2m, or empty',
);
accepts('percent', (value) => parsePercent(value) !== undefined, 'a share such as 50%');
accepts(
  'listen',
  (value) => value === '' || parseListen(value) !== undefined,
  'a loopback address and port such as 127.0.0.1:5263, or empty',
);
accepts(
  'time-or-empty',
  (value) => value === '' || parseReleaseTime(value) !== undefined,
  'a time in UTC such as 2026-11-21T03:21:00Z, or the name of a release',
);
accepts(
  'shapes',
  (value) => parseShapes(value) !== undefined,
  `a comma-separated list of ${SHAPES.join(', ')}`,
);
accepts(
  'folder-or-empty',
  (value) => /^\/?(?:[\w.,:@+=-]+(?:\/[\w.,:@+=-]+)*\/?)?$/.test(value),
  'a folder such as config/payroll, or empty',
);
accepts('words', () => true, 'a comma-separated list');
accepts('account-or-empty', (value) => value === '' || /^\d{12}$/.test(value), 'a 12-digit account');
