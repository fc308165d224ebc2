import { envName } from '#config-service';

/** Environment variables by name. */
export type Variables = Readonly<Record<string, string>>;

/** Of the effective properties, as `GET /v1/config` gives them; a typed list is an array. */
export type Properties = Readonly<Record<string, unknown>>;

export interface VariablesOfProperties {
  readonly variables: Variables;
  /** Keys that have no place: the name is not the configuration's to set. */
  readonly reserved: readonly string[];
  /** Why these properties cannot be an environment, a clause each. */
  readonly problems: readonly string[];
}

/** What shell and loader go by, who the user is, and our own settings: a property `path` or `user` is none of them. */
const RESERVED =
  /^(?:PATH|HOME|USER|LOGNAME|SHELL|PWD|OLDPWD|IFS|ENV|BASH_ENV|LD_.*|GCONV_PATH|LANDFALL_.*|_)$/;

/** execve(2), MAX_ARG_STRLEN: 128 KiB for `NAME=value` and its NUL. */
const MAX_BYTES = 128 * 1024;

/** `db.host` becomes `DB_HOST`, as in `landfall config --format env`; a list is its JSON text. */
export function variablesOf(properties: Properties): VariablesOfProperties {
  const variables = new Map<string, string>();
  const keys = new Map<string, string>();
  const reserved: string[] = [];
  const problems: string[] = [];
  for (const [key, value] of Object.entries(properties)) {
    const name = envName(key);
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    const taken = keys.get(name);
    if (RESERVED.test(name)) reserved.push(key);
    else if (taken !== undefined) problems.push(`${taken} and ${key} are both ${name}`);
    else if (text.includes('\0')) problems.push(`the value of ${key} holds a NUL`);
    else if (Buffer.byteLength(name) + Buffer.byteLength(text) + 2 > MAX_BYTES) {
      problems.push(`the value of ${key} is longer than the 128 KiB of a variable`);
    } else {
      keys.set(name, key);
      variables.set(name, text);
    }
  }
  return { variables: Object.fromEntries(variables), reserved, problems };
}

export function sameVariables(a: Variables, b: Variables): boolean {
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => a[name] === b[name]);
}
