import { REDACTED } from './redacted.ts';

/** Text to text; the same text when there is nothing to take out. */
export type Rule = (text: string) => string;

/**
 * What most logs must not carry. Each looks for a short piece of text first, which costs next to nothing, and only then for its
 * shape. The shapes are regular expressions of the engine: none has two ways to match the same text, so that they take linear time.
 */
export const BUILT_IN: ReadonlyMap<string, Rule> = new Map<string, Rule>([
  ['aws-key', redactAwsKeys],
  ['card-number', redactCardNumbers],
  ['email', redactEmails],
  ['token', redactTokens],
  ['url-password', redactUrlPasswords],
]);

/** `private-key` is beside them: a key spans lines, so that its rule has a memory. */
export const BUILT_IN_NAMES: readonly string[] = [...BUILT_IN.keys(), 'private-key'].toSorted();

/** Prefixes of access keys, long-term and temporary (IAM user guide, "Unique identifiers"). */
const KEY_ID = /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g;
/** Quotes may be those of JSON in JSON: `\"`. */
const SECRET_KEY = /(secret_?access_?key\\?["']?\s{0,4}[=:]\s{0,4}\\?["']?)[A-Za-z0-9/+=]{40}/gi;
const SECRET_NAME = /secret_?access_?key/i;

function redactAwsKeys(text: string): string {
  const hasId = text.includes('AKIA') || text.includes('ASIA');
  const ids = hasId ? text.replaceAll(KEY_ID, REDACTED) : text;
  return SECRET_NAME.test(ids) ? ids.replaceAll(SECRET_KEY, `$1${REDACTED}`) : ids;
}

/** 13 to 19 digits, single spaces or dashes between them, where a network's numbers begin: 2, 3, 4, 5, 6. */
const CARD = /(?<![\d.-])[2-6]\d{3}(?:[ -]?\d){9,15}(?![\d.]\d|\d)/g;

function redactCardNumbers(text: string): string {
  CARD.lastIndex = 0;
  if (!CARD.test(text)) return text;
  return text.replaceAll(CARD, (found) => (isCardNumber(found.replaceAll(/[ -]/g, '')) ? REDACTED : found));
}

/** ISO/IEC 7812: the ranges and lengths of the networks, and the Luhn digit. */
const NETWORK =
  /^(?:4\d{12}(?:\d{3}){0,2}|(?:5[1-5]|2[2-7])\d{14}|3[47]\d{13}|3(?:0[0-5]|[68]\d)\d{11}|35\d{14}|6(?:011|5\d\d|4[4-9]\d)\d{12}|62\d{14,17})$/;

function isCardNumber(digits: string): boolean {
  if (!NETWORK.test(digits)) return false;
  let sum = 0;
  for (let index = digits.length - 1, double = false; index >= 0; index -= 1, double = !double) {
    const digit = digits.charCodeAt(index) - 0x30;
    sum += double ? (digit > 4 ? digit * 2 - 9 : digit * 2) : digit;
  }
  return sum % 10 === 0;
}

const EMAIL = /[A-Za-z0-9._%+-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,24}\b/g;

function redactEmails(text: string): string {
  return text.includes('@') ? text.replaceAll(EMAIL, REDACTED) : text;
}

/** RFC 6750 and RFC 7617 for the headers, RFC 7519 for what stands alone. */
const AUTHORIZATION = /\b(bearer|basic)\s{1,4}[A-Za-z0-9._~+/-]{8,}=*/gi;
const AUTHORIZATION_NAME = /bearer|basic/i;
const JWT = /\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{4,}\.[A-Za-z0-9_-]*/g;

function redactTokens(text: string): string {
  const jwts = text.includes('eyJ') ? text.replaceAll(JWT, REDACTED) : text;
  return AUTHORIZATION_NAME.test(jwts) ? jwts.replaceAll(AUTHORIZATION, `$1 ${REDACTED}`) : jwts;
}

/** No quote is part of a URL (RFC 3986, 2.3): without that rule one would reach into the next member of a JSON document. */
const URL_PASSWORD = /(:\/\/[^\s:/?#@"]{0,256}):[^\s/?#@"]{1,256}@/g;

function redactUrlPasswords(text: string): string {
  return text.includes('://') && text.includes('@') ? text.replaceAll(URL_PASSWORD, `$1:${REDACTED}@`) : text;
}
