import type { Service } from '../wire/exchange.ts';
import { done, jsonService, refuse } from './json-service.ts';

/** AWS Systems Manager API reference, GetParameters. */
const MOST_NAMES = 10;
/** GetParametersByPath. */
const MOST_RESULTS = 10;
const NAME = /^[\w./-]{1,1011}$/;

/** One version of a parameter. */
interface Parameter {
  readonly name: string;
  readonly arn: string;
  readonly type: string;
  readonly value: string;
  readonly version: number;
  readonly modifiedAt: number;
  readonly labels: readonly string[];
}

/** Parameters of all regions; the same name in two regions is two parameters. */
export class ParameterStore {
  /** The versions of each, oldest first. */
  readonly #parameters = new Map<string, readonly Parameter[]>();
  readonly #account: string;
  readonly #now: () => number;
  /** Names whose reading is denied; as with AWS, one of them in a batch denies all of it. */
  readonly denied = new Set<string>();

  constructor(account: string, now: () => number) {
    this.#account = account;
    this.#now = now;
  }

  /** Adds a version; returns its number. */
  put(region: string, name: string, value: string, type = 'SecureString'): number {
    const version = (this.get(region, name)?.version ?? 0) + 1;
    const arn = `arn:aws:ssm:${region}:${this.#account}:parameter/${name.replace(/^\//, '')}`;
    const parameter = { name, arn, type, value, version, modifiedAt: this.#now(), labels: [] };
    const before = this.#parameters.get(keyOf(region, name)) ?? [];
    this.#parameters.set(keyOf(region, name), [...before, parameter]);
    return version;
  }

  delete(region: string, name: string): void {
    this.#parameters.delete(keyOf(region, name));
  }

  /** Moves the label to that version; false when there is no such version. */
  label(region: string, name: string, version: number, label: string): boolean {
    const versions = this.#parameters.get(keyOf(region, name)) ?? [];
    if (!versions.some((one) => one.version === version)) return false;
    const moved = versions.map((one) => ({
      ...one,
      labels: [...one.labels.filter((known) => known !== label), ...(one.version === version ? [label] : [])],
    }));
    this.#parameters.set(keyOf(region, name), moved);
    return true;
  }

  /** The newest version of each below the path, by name; only those one level below it unless `recursive`. */
  below(region: string, path: string, recursive: boolean): readonly Parameter[] {
    const start = path.endsWith('/') ? path : `${path}/`;
    return [...this.#parameters]
      .flatMap(([key, versions]) => (key.startsWith(`${region} ${start}`) ? (versions.at(-1) ?? []) : []))
      .filter(({ name }) => recursive || !name.slice(start.length).includes('/'))
      .toSorted((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** By name or ARN: the newest version, or the one with that number or label. */
  get(region: string, id: string, selector = ''): Parameter | undefined {
    const named = this.#parameters.get(keyOf(region, id));
    const versions = named ?? [...this.#parameters.values()].find(([one]) => one?.arn === id);
    if (selector === '') return versions?.at(-1);
    return versions?.find(({ version, labels }) => String(version) === selector || labels.includes(selector));
  }
}

/** Parameter Store, awsJson 1.1: GetParameters, GetParametersByPath, PutParameter and LabelParameterVersion. */
export function ssmService(store: ParameterStore): Service {
  return jsonService('ssm', {
    GetParameters: ({ Names: names, WithDecryption: decrypt }, region) => {
      if (!isTexts(names) || names.length < 1 || names.length > MOST_NAMES) {
        return refuse('ValidationException', `Names must have 1 to ${MOST_NAMES} members.`);
      }
      if (names.some((name) => store.denied.has(partsOf(name).id))) {
        return refuse('AccessDeniedException', 'User is not authorized to perform: ssm:GetParameters');
      }
      const found = names.map((name) => {
        const { id, selector } = partsOf(name);
        return store.get(region, id, selector);
      });
      return done({
        Parameters: found.flatMap((parameter, at) =>
          parameter ? [shown(parameter, decrypt === true, partsOf(names[at] ?? '').selector)] : [],
        ),
        InvalidParameters: names.filter((_, at) => found[at] === undefined),
      });
    },

    GetParametersByPath: (asked, region) => {
      const { Path: path, Recursive: recursive, WithDecryption: decrypt } = asked;
      const { MaxResults: most = MOST_RESULTS, NextToken: token } = asked;
      if (typeof path !== 'string' || !path.startsWith('/')) {
        return refuse('ValidationException', 'The parameter path must begin with a slash.');
      }
      if (typeof most !== 'number' || most < 1 || most > MOST_RESULTS) {
        return refuse('ValidationException', `MaxResults must be 1 to ${MOST_RESULTS}.`);
      }
      if (store.denied.has(path)) {
        return refuse('AccessDeniedException', 'User is not authorized to perform: ssm:GetParametersByPath');
      }
      const all = store.below(region, path, recursive === true);
      // By name, as parameters may come and go between two pages.
      const after = typeof token === 'string' ? Buffer.from(token, 'base64').toString() : '';
      if (token !== undefined && !after.startsWith('/')) {
        return refuse('InvalidNextToken', 'The specified token is not valid.');
      }
      const left = all.filter(({ name }) => name > after);
      const page = left.slice(0, most);
      const last = left.length > most ? page.at(-1) : undefined;
      return done({
        Parameters: page.map((parameter) => shown(parameter, decrypt === true, '')),
        ...(last && { NextToken: Buffer.from(last.name).toString('base64') }),
      });
    },

    PutParameter: ({ Name: name, Value: value, Type: type = 'String', Overwrite: overwrite }, region) => {
      if (typeof name !== 'string' || !NAME.test(name) || typeof value !== 'string' || value === '') {
        return refuse('ValidationException', 'Name or Value is not valid.');
      }
      if (store.get(region, name) && overwrite !== true) {
        return refuse('ParameterAlreadyExists', 'The parameter already exists.');
      }
      return done({ Version: store.put(region, name, value, String(type)), Tier: 'Standard' });
    },

    LabelParameterVersion: ({ Name: name, ParameterVersion: wanted, Labels: labels }, region) => {
      if (typeof name !== 'string' || !isTexts(labels)) {
        return refuse('ValidationException', 'Name or Labels is not valid.');
      }
      const newest = store.get(region, name);
      if (!newest) return refuse('ParameterNotFound', 'There is no such parameter.');
      const version = typeof wanted === 'number' ? wanted : newest.version;
      const areKnown = labels.map((label) => store.label(region, name, version, label));
      if (areKnown.includes(false))
        return refuse('ParameterVersionNotFound', 'The parameter has no such version.');
      return done({ InvalidLabels: [], ParameterVersion: version });
    },
  });
}

/** `name:3`, `name:label`; of an ARN the part behind its last segment. */
function partsOf(name: string): { readonly id: string; readonly selector: string } {
  const [, id = name, selector = ''] = /^((?:arn:(?:[^:]*:){4})?[^:]*):([^:]+)$/.exec(name) ?? [];
  return { id, selector };
}

function shown(
  { name, arn, type, value, version, modifiedAt }: Parameter,
  decrypt: boolean,
  selector: string,
): object {
  const Value = type === 'SecureString' && !decrypt ? `encrypted:${version}` : value;
  return {
    Name: name,
    ARN: arn,
    Type: type,
    Value,
    Version: version,
    ...(selector !== '' && { Selector: `:${selector}` }),
    LastModifiedDate: modifiedAt / 1000,
    DataType: 'text',
  };
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((name) => typeof name === 'string');
}

function keyOf(region: string, name: string): string {
  return `${region} ${name}`;
}
