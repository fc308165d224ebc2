import type { Service } from '../exchange.ts';
import { done, jsonService, refuse } from './json-service.ts';

/** AWS Systems Manager API reference, GetParameters. */
const MOST_NAMES = 10;
const NAME = /^[\w./-]{1,1011}$/;

interface Parameter {
  readonly name: string;
  readonly arn: string;
  readonly type: string;
  readonly value: string;
  readonly version: number;
  readonly modifiedAt: number;
}

/** Parameters of all regions; the same name in two regions is two parameters. */
export class ParameterStore {
  readonly #parameters = new Map<string, Parameter>();
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
    this.#parameters.set(keyOf(region, name), { name, arn, type, value, version, modifiedAt: this.#now() });
    return version;
  }

  delete(region: string, name: string): void {
    this.#parameters.delete(keyOf(region, name));
  }

  /** By name or ARN. */
  get(region: string, id: string): Parameter | undefined {
    const named = this.#parameters.get(keyOf(region, id));
    return named ?? [...this.#parameters.values()].find(({ arn }) => arn === id);
  }
}

/** Parameter Store, awsJson 1.1: GetParameters and PutParameter. */
export function ssmService(store: ParameterStore): Service {
  return jsonService('ssm', {
    GetParameters: ({ Names: names, WithDecryption: decrypt }, region) => {
      if (!isTexts(names) || names.length < 1 || names.length > MOST_NAMES) {
        return refuse('ValidationException', `Names must have 1 to ${MOST_NAMES} members.`);
      }
      if (names.some((name) => store.denied.has(name))) {
        return refuse('AccessDeniedException', 'User is not authorized to perform: ssm:GetParameters');
      }
      const found = names.map((name) => store.get(region, name));
      return done({
        Parameters: found.flatMap((parameter) => (parameter ? [shown(parameter, decrypt === true)] : [])),
        InvalidParameters: names.filter((_, at) => found[at] === undefined),
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
  });
}

function shown({ name, arn, type, value, version, modifiedAt }: Parameter, decrypt: boolean): object {
  const Value = type === 'SecureString' && !decrypt ? `encrypted:${version}` : value;
  return {
    Name: name,
    ARN: arn,
    Type: type,
    Value,
    Version: version,
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
