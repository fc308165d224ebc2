/** Literals and parts of literals. What a format cannot hold at all is an error that says so, never something similar. */

/** A text that cannot stand where the template puts it. The message is a clause for people and holds no value. */
export class Inexpressible extends Error {}

/** RFC 8259, lone surrogates escaped. */
export function jsonLiteral(value: unknown): string {
  return JSON.stringify(value);
}

/** JSON is YAML 1.2 but for characters that YAML calls unprintable (5.1); YAML 1.1 readers take it for text, too. */
export function yamlLiteral(value: unknown): string {
  return JSON.stringify(value).replaceAll(YAML_UNPRINTABLE, unicodeEscape);
}

const YAML_UNPRINTABLE = /[\u{7F}-\u{9F}\p{Zl}\p{Zp}\u{FEFF}\u{FFFE}\u{FFFF}]/gu;

/** Between single quotes YAML knows `''` and no other escape, and folds line breaks (7.3.2). */
export function insideYamlSingle(text: string): string {
  if (/[\p{Cc}\p{Zl}\p{Zp}\u{FEFF}\u{FFFE}\u{FFFF}]/u.test(text))
    throw new Inexpressible('a control character cannot stand in single quotes; use double quotes');
  return text.replaceAll("'", "''");
}

/**
 * Between double quotes POSIX sh (2.2.3) and systemd unescape the same four: `src/basic/env-file.c`, state
 * DOUBLE_QUOTE_VALUE_ESCAPE with SHELL_NEED_ESCAPE. Line feeds stand for themselves.
 */
export function insideDouble(text: string): string {
  return withoutNul(text).replaceAll(/["\\`$]/g, '\\$&');
}

export function envLiteral(text: string): string {
  return `"${insideDouble(envText(text))}"`;
}

/**
 * systemd drops a variable whose value has another control character than tab or line feed (`env_value_is_valid`), and a
 * file that is no UTF-8.
 */
export function envText(text: string): string {
  if (/[^\P{Cc}\t\n\u{80}-\u{9F}]/u.test(text))
    throw new Inexpressible('systemd takes no control character in a variable but tab and line feed');
  return text.toWellFormed();
}

/** In a word that has begun without quotes: a backslash before whatever means something to sh or systemd. */
export function insideWord(text: string): string {
  if (text.includes('\n')) throw new Inexpressible('a line break needs quotes around the whole value');
  return withoutNul(text).replaceAll(/[^A-Za-z0-9_./:@%+,=\u{80}-\u{10FFFF}-]/gu, '\\$&');
}

export function shellLiteral(text: string): string {
  return `'${insideShellSingle(text)}'`;
}

export function insideShellSingle(text: string): string {
  return withoutNul(text).replaceAll("'", String.raw`'\''`);
}

/** systemd knows no escape between single quotes: the next one ends them (state SINGLE_QUOTE_VALUE). */
export function insideEnvSingle(text: string): string {
  if (text.includes("'")) throw new Inexpressible("a ' cannot stand in single quotes; use double quotes");
  return envText(text);
}

/** A value as java.util.Properties reads it back; the first blank would be taken for a part of the separator. */
export function propertiesLiteral(text: string): string {
  const escaped = text.replaceAll(PROPERTIES_ESCAPED, (character) => {
    return PROPERTIES_SHORT[character] ?? unicodeEscape(character);
  });
  return escaped.startsWith(' ') ? `\\${escaped}` : escaped;
}

const PROPERTIES_ESCAPED = /[\\\p{Cc}\p{Zl}\p{Zp}\p{Surrogate}\u{FEFF}]/gu;
const PROPERTIES_SHORT: Readonly<Record<string, string>> = {
  '\\': '\\\\',
  '\t': '\\t',
  '\n': '\\n',
  '\r': '\\r',
  '\f': '\\f',
};

/** Whether `text` may go where no quotes protect it and still be one number or truth value of JSON and of any YAML. */
export function isPlainScalar(text: string): boolean {
  return /^(true|false|-?(0|[1-9]\d{0,14})(\.\d{1,15})?)$/.test(text);
}

function withoutNul(text: string): string {
  if (text.includes('\0')) throw new Inexpressible('no shell and no variable can hold a NUL');
  return text.toWellFormed();
}

function unicodeEscape(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`;
}
