/** No scalar needs more characters. A regular expression is never let loose on a value of a megabyte. */
const LONGEST = 100;

const BOOLEANS = new Map([
  ...['true', 't', 'yes', 'y', 'on', '1'].map((word) => [word, true]),
  ...['false', 'f', 'no', 'n', 'off', '0'].map((word) => [word, false]),
]);
const UNIT_MS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/**
 * Each type as data: its name with an article, and how a text, or a list beside it, is read; undefined where it does not fit.
 * The rows of `clients/typed-reads.json` hold for every client.
 */
export const TYPES = {
  string: { name: 'a string', read: (text) => text },
  boolean: {
    name: 'a boolean',
    read: (text) => (text.length > LONGEST ? undefined : BOOLEANS.get(text.trim().toLowerCase())),
  },
  integer: {
    name: 'an integer',
    read: (text) => {
      const number = /^[+-]?\d{1,100}$/.test(text) ? Number(text) : Number.NaN;
      // `+ 0` makes zero of minus zero.
      return Number.isSafeInteger(number) ? number + 0 : undefined;
    },
  },
  number: {
    name: 'a number',
    read: (text) => {
      const fits = text.length <= LONGEST && /^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i.test(text);
      const number = fits ? Number(text) : Number.NaN;
      return Number.isFinite(number) ? number + 0 : undefined;
    },
  },
  duration: { name: 'a duration such as 250ms, 30s or 1h30m', read: durationOf },
  size: { name: 'a size such as 64k, 10MiB or 10MB', read: sizeOf },
  list: { name: 'a list', read: (text, list) => list ?? partsOf(text) },
  map: { name: 'a map such as k1=v1,k2=v2', read: mapOf },
  json: {
    name: 'JSON',
    read: (text, list) => {
      if (list !== undefined) return list;
      try {
        return JSON.parse(text);
      } catch {
        return undefined;
      }
    },
  },
};

function durationOf(text) {
  const trimmed = text.length > LONGEST ? '' : text.trim();
  if (/^\d+(\.\d+)?$/.test(trimmed)) return Number(trimmed) * 1000;
  if (!/^(\d+(\.\d+)?(ms|s|m|h|d))+$/.test(trimmed)) return undefined;
  let total = 0;
  for (const [, amount, , unit] of trimmed.matchAll(/(\d+(\.\d+)?)(ms|s|m|h|d)/g)) {
    total += Number(amount) * UNIT_MS[unit];
  }
  return total;
}

function sizeOf(text) {
  const match = text.length > LONGEST ? null : /^\s*(\d+(?:\.\d+)?)\s*(?:([kmgt])(i?b)?|b)?\s*$/i.exec(text);
  if (match === null) return undefined;
  const [, amount, prefix = '', suffix = ''] = match;
  const exponent = prefix === '' ? 0 : 1 + 'kmgt'.indexOf(prefix.toLowerCase());
  const bytes = Number(amount) * (suffix.toLowerCase() === 'b' ? 1000 : 1024) ** exponent;
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}

function mapOf(text, list) {
  if (list !== undefined) return undefined;
  const map = new Map();
  for (const pair of partsOf(text)) {
    const split = pair.indexOf('=');
    const key = pair.slice(0, Math.max(split, 0)).trim();
    if (key === '') return undefined;
    map.set(key, pair.slice(split + 1).trim());
  }
  return map;
}

function partsOf(text) {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}
