import { Document, Pair, Scalar, YAMLMap } from 'yaml';
import { envName } from './env-name.ts';

/** Keys and values in the order they are printed. */
export type Pairs = Iterable<readonly [key: string, value: string]>;

/**
 * `.properties` text in UTF-8 that java.util.Properties (through a `Reader`) and `parseFile` read back exactly. Control
 * characters, line separators, U+FEFF and lone surrogates, which UTF-8 cannot hold, become `\uXXXX`; the rest stays readable.
 */
export function printProperties(pairs: Pairs, separator: '=' | ': ' = '='): string {
  let text = '';
  for (const [key, value] of pairs) {
    text += `${escapeKey(key)}${separator}${escapeValue(value)}\n`;
  }
  return text;
}

/** With `u`, `\p{Surrogate}` matches lone surrogates only. */
function escapeKey(key: string): string {
  return key.replaceAll(/[\\ =:#!\p{Cc}\p{Zl}\p{Zp}\p{Surrogate}\u{FEFF}]/gu, escape);
}

/** Only the first of leading blanks would be taken for the separator; tabs and form feeds are escaped anyway. */
function escapeValue(value: string): string {
  const escaped = value.replaceAll(/[\\\p{Cc}\p{Zl}\p{Zp}\p{Surrogate}\u{FEFF}]/gu, escape);
  return escaped.startsWith(' ') ? `\\${escaped}` : escaped;
}

function escape(character: string): string {
  switch (character) {
    case '\t':
      return '\\t';
    case '\n':
      return '\\n';
    case '\r':
      return '\\r';
    case '\f':
      return '\\f';
    default:
      return /[\\ =:#!]/.test(character) ? `\\${character}` : unicodeEscape(character);
  }
}

function unicodeEscape(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`;
}

export interface PrintedEnv {
  readonly text: string;
  /** Variables that several keys map to. The first key is printed, the others are not. */
  readonly collisions: readonly EnvCollision[];
  /** Keys left out because their value holds a NUL, which no environment variable can. */
  readonly unprintable: readonly string[];
}

export interface EnvCollision {
  readonly name: string;
  /** In the order given; the first one was printed. */
  readonly keys: readonly string[];
}

/**
 * `NAME="value"` lines that POSIX sh (2.2.3, double quotes) and systemd (`EnvironmentFile=`, systemd.exec(5)) read alike.
 * `db.host` becomes `DB_HOST`. A line feed stays one inside of the quotes; a lone surrogate becomes U+FFFD.
 */
export function printEnv(pairs: Pairs): PrintedEnv {
  const printed = new Map<string, string[]>();
  const unprintable: string[] = [];
  let text = '';
  for (const [key, value] of pairs) {
    const name = envName(key);
    const claimed = printed.get(name);
    if (value.includes('\0')) unprintable.push(key);
    else if (claimed !== undefined) claimed.push(key);
    else {
      printed.set(name, [key]);
      text += `${name}="${value.toWellFormed().replaceAll(/["\\`$]/g, '\\$&')}"\n`;
    }
  }
  const collisions = [...printed]
    .filter(([, keys]) => keys.length > 1)
    .map(([name, keys]) => ({ name, keys }));
  return { text, collisions, unprintable };
}

/**
 * A flat YAML map of texts. Every value is double-quoted, and a key where it has to be, so that YAML 1.1 readers do not
 * take `no` for false either; what YAML calls unprintable is escaped.
 */
export function printYaml(pairs: Pairs): string {
  // Built by hand: `Document.set` looks for the key among all others first.
  const map = new YAMLMap();
  for (const [key, value] of pairs) map.items.push(new Pair(yamlKey(key), doubleQuoted(value)));
  const document = new Document(map, { compat: 'yaml-1.1' });
  const text = document.toString({ doubleQuotedAsJSON: true, lineWidth: 0 });
  return text.replaceAll(/[\u{7F}-\u{9F}\p{Zl}\p{Zp}\u{FEFF}\u{FFFE}\u{FFFF}]/gu, unicodeEscape);
}

function yamlKey(key: string): Scalar<string> {
  return /^[\u0020-\u007E]+$/.test(key) ? new Scalar(key) : doubleQuoted(key);
}

function doubleQuoted(text: string): Scalar<string> {
  const scalar = new Scalar(text);
  scalar.type = Scalar.QUOTE_DOUBLE;
  return scalar;
}
