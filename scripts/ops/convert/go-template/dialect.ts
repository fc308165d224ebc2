import { Untranslatable, type Expression } from './expression.ts';

/** How the functions of one program's templates are said. */
export interface Dialect {
  /** Functions that give the value of one key: which argument is a default, if one is. */
  readonly values: readonly string[];
  /** Functions that give a key with its value. */
  readonly entries: readonly string[];
  /** Functions that tell whether a key is there. */
  readonly presence: readonly string[];
  /** Functions that list the keys below one: with names and values, or values alone. */
  readonly pairs: readonly string[];
  readonly lists: readonly string[];
  /** From `key "a/b"` to the property. */
  readonly propertyOf: (key: string) => string;
  /** Filters by function: which argument is the subject, and how the others follow. */
  readonly filters: Readonly<Record<string, Filter>>;
  /** Functions that have no counterpart, and what to do instead. */
  readonly instead: Readonly<Record<string, string>>;
}

export interface Filter {
  readonly filter: string;
  /** Place of the subject among the arguments; -1 is the last. */
  readonly subject: number;
  /** Places of the filter's own arguments. */
  readonly args?: readonly number[];
}

const LAST = -1;

const COMMON: Readonly<Record<string, Filter>> = {
  toUpper: { filter: 'upcase', subject: LAST },
  toLower: { filter: 'downcase', subject: LAST },
  len: { filter: 'size', subject: LAST },
  add: { filter: 'plus', subject: 0, args: [1] },
  sub: { filter: 'minus', subject: 0, args: [1] },
  mul: { filter: 'times', subject: 0, args: [1] },
  div: { filter: 'divided_by', subject: 0, args: [1] },
  mod: { filter: 'modulo', subject: 0, args: [1] },
};

const ENVIRONMENT = 'the environment of a program has no part in a template: make it a property';
const FILES = 'a template reads nothing of the host';
const SERVICES = 'who else is there comes from a registry that Landfall does not ask';
const SECRETS =
  'keep it in Secrets Manager or Parameter Store: a property `db.password=${@secret:NAME#field}`, and {{ db.password }} here';

/** As `templates.md` of kelseyhightower/confd has it. */
export function confdDialect(prefix: string): Dialect {
  return {
    values: ['getv', 'cgetv'],
    entries: ['get', 'cget'],
    presence: ['exists'],
    pairs: ['gets', 'cgets'],
    lists: ['getvs', 'cgetvs'],
    propertyOf: (key) => dotted(`${prefix}/${key}`),
    filters: {
      ...COMMON,
      replace: { filter: 'replace', subject: 0, args: [1, 2] },
      split: { filter: 'split', subject: 0, args: [1] },
      join: { filter: 'join', subject: 0, args: [1] },
      trimSuffix: { filter: 'remove_last', subject: 0, args: [1] },
      base64Encode: { filter: 'base64_encode', subject: 0 },
      base64Decode: { filter: 'base64_decode', subject: 0 },
      reverse: { filter: 'reverse', subject: 0 },
      atoi: { filter: '', subject: 0 },
      parseBool: { filter: '', subject: 0 },
    },
    instead: {
      getenv: ENVIRONMENT,
      lookupIP: 'names are resolved by who uses them',
      lookupSRV: SERVICES,
      fileExists: FILES,
      datetime: 'the same configuration gives the same file: there is no clock',
      json: 'write the value as keys of its own',
      jsonArray: 'write the value as a list of its own',
      get: 'its fields are had within `with`: write getv here',
      ls: 'names alone are not listed: range over gets',
      lsdir: 'names alone are not listed: range over gets',
    },
  };
}

/** As `templating-language.md` of hashicorp/consul-template has it. */
export const CONSUL_DIALECT: Dialect = {
  values: ['key', 'keyOrDefault'],
  entries: [],
  presence: ['keyExists'],
  pairs: ['ls', 'tree', 'safeLs', 'safeTree'],
  lists: [],
  propertyOf: (key) => dotted(key.replace(/@[\w-]+$/, '')),
  filters: {
    ...COMMON,
    add: { filter: 'plus', subject: LAST, args: [0] },
    subtract: { filter: 'minus', subject: LAST, args: [0] },
    multiply: { filter: 'times', subject: LAST, args: [0] },
    divide: { filter: 'divided_by', subject: LAST, args: [0] },
    modulo: { filter: 'modulo', subject: LAST, args: [0] },
    split: { filter: 'split', subject: LAST, args: [0] },
    join: { filter: 'join', subject: LAST, args: [0] },
    replaceAll: { filter: 'replace', subject: LAST, args: [0, 1] },
    trimSpace: { filter: 'strip', subject: LAST },
    trimSuffix: { filter: 'remove_last', subject: LAST, args: [0] },
    trimPrefix: { filter: 'remove_first', subject: LAST, args: [0] },
    base64Encode: { filter: 'base64_encode', subject: LAST },
    base64Decode: { filter: 'base64_decode', subject: LAST },
    parseInt: { filter: '', subject: LAST },
    parseBool: { filter: '', subject: LAST },
    toJSON: { filter: 'json', subject: LAST },
  },
  instead: {
    env: ENVIRONMENT,
    envOrDefault: ENVIRONMENT,
    mustEnv: ENVIRONMENT,
    file: FILES,
    secret: SECRETS,
    secrets: SECRETS,
    pkiCert: SECRETS,
    service: SERVICES,
    services: SERVICES,
    connect: SERVICES,
    node: SERVICES,
    nodes: SERVICES,
    datacenters: SERVICES,
    timestamp: 'the same configuration gives the same file: there is no clock',
    regexReplaceAll: 'Liquid has no regular expressions',
    regexMatch: 'Liquid has no regular expressions',
    parseJSON: 'write the value as keys of its own',
    parseYAML: 'write the value as keys of its own',
    plugin: 'a template starts no program',
  },
};

function dotted(key: string): string {
  return key
    .split('/')
    .filter((part) => part !== '')
    .join('.');
}

/** The key that a call names; throws for one that is put together at run time. */
export function keyOf(args: readonly Expression[]): string {
  const [key] = args;
  if (key?.kind === 'text') return key.text;
  throw new Untranslatable('the name of its key is only known when it runs');
}
