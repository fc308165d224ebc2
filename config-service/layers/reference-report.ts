import type { FaultCode, Problem } from '../kit/errors.ts';
import { placeOf } from './assignment.ts';
import { MAX_TOTAL_LENGTH, MAX_VALUE_LENGTH, type Origin } from './effective.ts';
import { isExternalName } from './external.ts';
import { FACT_NAMES, isFactName, isTagFact } from './facts.ts';

/** Collects what goes wrong with references, in words for people. Names are shown, values never: they may be secret. */
export interface ReferenceReport {
  readonly problems: readonly Problem[];
  readonly warnings: readonly Problem[];
  /** @param path from the key that was asked for, over the one at `origin` that refers, to the name that nothing has. */
  unknown(path: readonly string[], origin: Origin, reason?: string): void;
  /** @param path the key at `origin` comes last but one; the last closes the circle. */
  cycle(path: readonly string[], origin: Origin): void;
  /** @param path as of `unknown`; the last name stands for something that cannot be had. */
  unusable(path: readonly string[], why: { code: FaultCode; reason: string }, origin: Origin): void;
  /** A name that is written with a secret would show it wherever names are shown. */
  secretInName(path: readonly string[], origin: Origin): void;
  defaultTaken(name: string, origin: Origin): void;
  /** `${@secret:db:password}`: whoever knows ECS or CloudFormation means a field. */
  fieldLikeDefault(name: string, word: string, origin: Origin): void;
  valueTooLarge(key: string, origin: Origin): void;
  allTooLarge(key: string, origin: Origin): void;
}

/**
 * Paths are named whole until so many names have been listed; after that only their last steps. Ten thousand keys that all
 * refer to each other would otherwise make a report of a gigabyte.
 */
const MAX_LISTED_NAMES = 50_000;
const SHORT_PATH = 4;
/** Near enough to `@ssm` and `@secret`, which stand in small letters and in the singular. */
const ALMOST_SECRET = /^@(?:ssm|secrets?(?:-?manager)?|param(?:eter)?s?(?:-?store)?)$/i;
/** A computed name can be as long as a value. */
const MAX_SHOWN_NAME = 200;

export function createReferenceReport(hasSecrets: boolean): ReferenceReport {
  const problems: Problem[] = [];
  const warnings: Problem[] = [];
  let listed = 0;

  const show = (path: readonly string[]): string => {
    listed += path.length;
    const shown = listed <= MAX_LISTED_NAMES || path.length <= SHORT_PATH ? path : path.slice(-SHORT_PATH);
    return (shown === path ? '' : '... -> ') + shown.map(shorten).join(' -> ');
  };

  return {
    problems,
    warnings,
    unknown: (path, origin, told) => {
      const name = path.at(-1) ?? '';
      const reason = told ?? reasonOf(name, hasSecrets);
      problems.push({
        code: hasSecrets && isExternalName(name) ? 'LF_SECRET_MISSING' : 'LF_REFERENCE_UNKNOWN',
        message: `${show(path)}: ${reason}`,
        ...placeOf(origin),
      });
    },
    unusable: (path, { code, reason }, origin) => {
      problems.push({ code, message: `${show(path)}: ${reason}`, ...placeOf(origin) });
    },
    secretInName: (path, origin) => {
      const message = `${show(path)}: a secret may not be part of a name`;
      problems.push({ code: 'LF_SECRET_INVALID', message, ...placeOf(origin) });
    },
    cycle: (path, origin) => {
      const message = `${show(path)}: these refer to each other in a circle`;
      problems.push({ code: 'LF_REFERENCE_CYCLE', message, ...placeOf(origin) });
    },
    defaultTaken: (name, origin) => {
      // A slip such as `${@regoin:us-east-1}` would otherwise bake a region in without a word.
      if (!name.startsWith('@') || isFactName(name) || isExternalName(name)) return;
      // The name of a secret handed out as the secret is no default that anybody wants.
      if (ALMOST_SECRET.test(name)) {
        const written = /^@(?:ssm|param)/i.test(name) ? '@ssm:/name' : '@secret:name';
        problems.push({
          code: 'LF_SECRET_INVALID',
          message: `'${name}' is no place of secrets; write \${${written}}`,
          ...placeOf(origin),
        });
        return;
      }
      const message = `${reasonOf(name, hasSecrets)}; the default is used`;
      warnings.push({ code: 'LF_REFERENCE_UNKNOWN', message, ...placeOf(origin) });
    },
    fieldLikeDefault: (name, word, origin) => {
      const shown = shorten(name);
      const message = `'${word}' is the default of ${shown}; for a field of the secret write \${${shown}#${word}}, and \${${shown}::${word}} for a default without this warning`;
      warnings.push({ code: 'LF_SECRET_INVALID', message, ...placeOf(origin) });
    },
    valueTooLarge: (key, origin) => {
      const message = `'${shorten(key)}' grows beyond ${MAX_VALUE_LENGTH} characters`;
      problems.push({ code: 'LF_VALUE_TOO_LARGE', message, ...placeOf(origin) });
    },
    allTooLarge: (key, origin) => {
      const message = `with '${shorten(key)}' all values together grow beyond ${MAX_TOTAL_LENGTH} characters`;
      problems.push({ code: 'LF_VALUE_TOO_LARGE', message, ...placeOf(origin) });
    },
  };
}

/** Why a name stands for nothing, and what to do about it. */
function reasonOf(name: string, hasSecrets: boolean): string {
  const shown = shorten(name);
  if (isExternalName(name)) {
    return hasSecrets
      ? `there is none of that name in this region; create it, or give a default: \${${shown}::...}`
      : `'${shown}' cannot be read here: this program reads no secrets`;
  }
  if (name === '@unset')
    return "'${@unset}' is the whole value of a key that is taken away, never a part of one or an item of a list";
  if (name === '@role' || name === '@environment') {
    return `the instance has no tag for '${name}'; set the tag, or give a default: \${${name}:...}`;
  }
  if (isTagFact(name))
    return `the instance has no tag for '${shown}'; set the tag, or give a default: \${${shown}:...}`;
  if (isFactName(name)) return `the instance has no '${name}'; give a default: \${${name}:...}`;
  if (name.startsWith('@'))
    return `there is no fact '${shown}'; the facts are ${FACT_NAMES.join(' ')} @tag:NAME`;
  if (name !== name.trim())
    return `no layer sets '${shown}'; spaces count, write \${${shorten(name.trim())}}`;
  return `no layer sets '${shown}'; set it, give a default: \${${shown}:...}, or write $\${${shown}} where the text itself is meant`;
}

function shorten(name: string): string {
  return name.length <= MAX_SHOWN_NAME ? name : `${name.slice(0, MAX_SHOWN_NAME)}...`;
}
