/** What one line of the statsd protocol says. */
export type StatsdSample =
  /** Added up over the window, each divided by its sample rate. */
  | (Named & { readonly kind: 'counter'; readonly value: number })
  /** With a sign: to be added to what it was. */
  | (Named & { readonly kind: 'gauge'; readonly value: number; readonly isDelta: boolean })
  /** Timers, histograms and distributions: `count` samples of `value`. */
  | (Named & {
      readonly kind: 'value';
      readonly value: number;
      readonly count: number;
      readonly isTime: boolean;
    })
  | (Named & { readonly kind: 'set'; readonly member: string });

interface Named {
  readonly name: string;
  /** Epoch ms, where the client says when it was (DogStatsD 1.3): such a sample stands for itself. */
  readonly at?: number;
  /** As written, `key:value` taken apart; a tag without a value is `true`. */
  readonly tags: readonly (readonly [name: string, value: string])[];
}

export type StatsdLine =
  | { readonly kind: 'samples'; readonly samples: readonly StatsdSample[] }
  /** Events and service checks of DogStatsD: well-formed, and nothing for CloudWatch. */
  | { readonly kind: 'other' }
  | { readonly kind: 'malformed' };

const MALFORMED: StatsdLine = { kind: 'malformed' };
const MAX_TAGS = 100;

/** As Number() reads them, but no blanks, no hex, no `Infinity`. */
const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;

/**
 * `name:value|type[|@rate][|#tag:value,...]`, of statsd and of DogStatsD: several values as in `t:1:2:3|ms` (its protocol
 * 1.1); `|T` seconds since the epoch, for counters and gauges; `|c:` container and whatever comes later are passed over. One bad
 * value spoils the line.
 */
export function parseStatsdLine(line: string): StatsdLine {
  if (/^_(e\{|sc\|)/.test(line)) return { kind: 'other' };
  const [head = '', type = '', ...sections] = line.split('|');
  const colon = head.indexOf(':');
  if (colon <= 0 || colon === head.length - 1) return MALFORMED;
  const name = head.slice(0, colon).trim();
  const rateText = sections.find((section) => section.startsWith('@'))?.slice(1);
  const rate = rateText === undefined ? 1 : numberOf(rateText);
  if (name === '' || rate === undefined || rate <= 0 || rate > 1) return MALFORMED;
  const tags = tagsOf(sections.find((section) => section.startsWith('#')));
  const at = timeOf(sections.find((section) => /^T\d/.test(section)));
  const rest = head.slice(colon + 1);
  // A member of a set is any text, colons and all.
  const values = type === 's' ? [rest] : rest.split(':');
  const samples = values.map((value) =>
    sampleOf({ name, tags, ...(at !== undefined && { at }) }, type, value, rate),
  );
  return samples.every((sample) => sample !== undefined) ? { kind: 'samples', samples } : MALFORMED;
}

function sampleOf(named: Named, type: string, text: string, rate: number): StatsdSample | undefined {
  if (type === 's') return { ...named, kind: 'set', member: text };
  const value = numberOf(text);
  if (value === undefined) return undefined;
  switch (type) {
    case 'c':
    case 'm':
      return { ...named, kind: 'counter', value: value / rate };
    case 'g':
      return { ...named, kind: 'gauge', value, isDelta: /^[+-]/.test(text) };
    case 'ms':
    case 'h':
    case 'd':
      return { ...named, kind: 'value', value, count: 1 / rate, isTime: type === 'ms' };
    default:
      return undefined;
  }
}

function timeOf(section: string | undefined): number | undefined {
  const seconds = section === undefined ? undefined : numberOf(section.slice(1));
  return seconds === undefined ? undefined : seconds * 1000;
}

function numberOf(text: string): number | undefined {
  const value = NUMBER.test(text) ? Number(text) : Number.NaN;
  return Number.isFinite(value) ? value : undefined;
}

function tagsOf(section: string | undefined): Named['tags'] {
  if (section === undefined) return [];
  return section
    .slice(1)
    .split(',', MAX_TAGS)
    .filter((tag) => tag !== '')
    .map((tag) => {
      const colon = tag.indexOf(':');
      return colon === -1 ? [tag, 'true'] : [tag.slice(0, colon), tag.slice(colon + 1)];
    });
}
