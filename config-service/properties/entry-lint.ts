import type { Problem } from '../kit/errors.ts';
import { A_STEP, type Steps } from '../kit/steps.ts';
import type { Entry } from './entry.ts';
import { shownKey } from './findings.ts';

/**
 * What a file says exactly, and nearly always against what its author meant; as warnings, in the order of the file. Values are
 * never repeated: they may be secret.
 */
export function* lintEntries(file: string, entries: readonly Entry[]): Steps<readonly Problem[]> {
  const problems: Problem[] = [];
  for (let from = 0; from < entries.length; from += A_STEP) {
    const some = entries.slice(from, from + A_STEP);
    // Nearly all are as they should be: four searches instead of five an entry.
    const keys = some.map(({ key }) => key).join('');
    const values = some.map(({ value }) => value).join('\n');
    const isOdd = [
      UNUSUAL.test(keys),
      ...[ODD_VALUE, SHELL_DEFAULT, FOREIGN_REFERENCE].map((odd) => odd.test(values)),
    ];
    if (isOdd.includes(true)) problems.push(...lintEach(file, some));
    yield;
  }
  return problems;
}

/** In values that are joined by line ends: what may be invisible, or a blank at an end. */
const ODD_VALUE = /[^ -~\n]| (?:\n|$)/;

function lintEach(file: string, entries: readonly Entry[]): readonly Problem[] {
  const isProperties = file.endsWith('.properties');
  const problems: Problem[] = [];
  for (const { key, value, line, column } of entries) {
    const tell = (message: string) => problems.push({ code: 'LF_PARSE', message, file, line, column });
    if (UNUSUAL.test(key) && INVISIBLE.test(key)) tell(invisibleKey(key));
    else if (key !== key.trim()) tell(blankInKey(key));
    if (isProperties && BLANK_AT_END.test(value)) tell(blankAtEnd(key));
    if (INVISIBLE_IN_VALUE.test(value)) tell(invisibleValue(key, value));
    if (value.includes('${') && SHELL_DEFAULT.test(value)) tell(shellDefault(key));
    const foreign = value.includes('{') ? FOREIGN_REFERENCE.exec(value) : null;
    if (foreign) tell(foreignReference(key, foreign));
  }
  return problems;
}

/** Before what looks each character up in tables: 4% of a resolution. */
const UNUSUAL = /[^!-~]/;

/** All blanks but the common one (NBSP), control and format characters (zero-width, direction, soft hyphen), fillers of Hangul. */
const INVISIBLE = /(?! )[\p{Cc}\p{Cf}\p{Z}\u115f\u1160\u3164\uffa0]/u;

/**
 * What no value has for its readers: zero-width blanks, soft hyphens and changes of direction anywhere, such as a web page leaves in a
 * host that is copied from it; at an end also no-break blanks and joiners, which texts have within (French, Persian, emoji).
 */
const INVISIBLE_IN_VALUE =
  /[\u00ad\u200b\u202a-\u202e\u2060\u2066-\u2069\ufeff]|^(?:[\u00a0\u2007\u202f\u200c]|\u200d)|(?:[\u2007\u202f\u200c]|\u200d)$/;

/** Also a blank that only an escape can put there is a blank. */
const BLANK_AT_END = /[ \t\f\u00a0]$/;

/** `${NAME:-default}` and its kin; a number may well begin with a sign. */
const SHELL_DEFAULT = /\$\{(?<!\$\$\{)[\w.-]{1,200}:(?:[=?]|[-+](?!\d*\.?\d+\}))/;

/**
 * How other tools write that a value comes from elsewhere: Serverless and Spring (`${ssm:/name}`), Commons Text and log4j
 * (`${env:HOME}`), CloudFormation (`${AWS::Region}`, `{{resolve:ssm:/name}}`). Here the first three are a key and its default.
 */
const FOREIGN_REFERENCE =
  /\$\{(?<!\$\$\{)(?:(ssm):\/|(secret|secretsmanager):[\w/]|(env):[A-Z_][A-Z0-9_]*[:}]|(AWS)::)|\{\{(resolve):(?:ssm|ssm-secure|secretsmanager):/;

function invisibleKey(key: string): string {
  const escaped = shownKey(key).replaceAll(new RegExp(INVISIBLE, 'gu'), escapeOf);
  return `the key ${escaped} holds a character that nobody sees: it is another key than the one it looks like`;
}

function blankInKey(key: string): string {
  return `the key ${shownKey(key)} begins or ends with a blank: it is another key than the one without`;
}

function invisibleValue(key: string, value: string): string {
  const [found = ''] = INVISIBLE_IN_VALUE.exec(value) ?? [];
  return `the value of ${shownKey(key)} holds a character that nobody sees, ${escapeOf(found)}, which belongs to it; take it away`;
}

function escapeOf(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

const WAYS: ReadonlyMap<string, string> = new Map([
  ['env', 'no value reads the environment; write the value, or ${NAME:default} for one of another key'],
  ['AWS', 'the region here is ${@region}, the account ${@account}'],
]);

function foreignReference(key: string, [written, ...words]: RegExpExecArray): string {
  const word = words.find((each) => each !== undefined) ?? '';
  const is = word === 'resolve' ? 'text like any other' : `a key of the name ${word} and its default`;
  const way = WAYS.get(word) ?? 'write ${@ssm:/name} or ${@secret:name}';
  return `${shownKey(key)} has ${written.replace(/\w*[:/}]?$/, '')}, which is ${is} here; ${way}`;
}

function blankAtEnd(key: string): string {
  return `the value of ${shownKey(key)} ends in a blank, which belongs to it; take it away, or write \\u0020 for one that is meant`;
}

function shellDefault(key: string): string {
  return `${shownKey(key)} has a default as a shell writes it: here the first colon splits, and what follows is the default; write \${NAME:default}`;
}
