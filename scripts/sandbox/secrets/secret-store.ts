import type { Service } from '../exchange.ts';
import { done, jsonService, refuse, type JsonReply } from './json-service.ts';

const NAME = /^[\w/+=.@!-]{1,512}$/;

interface Secret {
  readonly name: string;
  readonly arn: string;
  readonly value: string | Uint8Array;
  readonly version: number;
  readonly createdAt: number;
}

/** Secrets of all regions; the same name in two regions is two secrets. */
export class SecretStore {
  readonly #secrets = new Map<string, Secret>();
  readonly #account: string;
  readonly #now: () => number;
  /** Names whose reading is denied. */
  readonly denied = new Set<string>();

  constructor(account: string, now: () => number) {
    this.#account = account;
    this.#now = now;
  }

  /** Creates the secret, or adds a version to it. */
  put(region: string, id: string, value: string | Uint8Array): Secret {
    const before = this.get(region, id);
    const name = before?.name ?? id;
    const arn = before?.arn ?? `arn:aws:secretsmanager:${region}:${this.#account}:secret:${name}-a1B2c3`;
    const secret = { name, arn, value, version: (before?.version ?? 0) + 1, createdAt: this.#now() };
    this.#secrets.set(keyOf(region, name), secret);
    return secret;
  }

  delete(region: string, name: string): void {
    this.#secrets.delete(keyOf(region, name));
  }

  /** By name or ARN, the latter with or without its random end. */
  get(region: string, id: string): Secret | undefined {
    const named = this.#secrets.get(keyOf(region, id));
    return named ?? [...this.#secrets.values()].find(({ arn }) => arn === id || arn.slice(0, -7) === id);
  }
}

/** Secrets Manager, awsJson 1.1: GetSecretValue, CreateSecret and PutSecretValue. */
export function secretsManagerService(store: SecretStore): Service {
  return jsonService('secretsmanager', {
    GetSecretValue: ({ SecretId: id }, region) => {
      if (typeof id !== 'string') return refuse('ValidationException', 'SecretId is required.');
      if (store.denied.has(id)) {
        return refuse(
          'AccessDeniedException',
          'User is not authorized to perform: secretsmanager:GetSecretValue',
        );
      }
      const secret = store.get(region, id);
      if (!secret) return notFound();
      const { value, createdAt } = secret;
      const content =
        typeof value === 'string'
          ? { SecretString: value }
          : { SecretBinary: Buffer.from(value).toString('base64') };
      return done({
        ...naming(secret),
        ...content,
        VersionStages: ['AWSCURRENT'],
        CreatedDate: createdAt / 1000,
      });
    },

    CreateSecret: ({ Name: name, SecretString: value }, region) => {
      if (typeof name !== 'string' || !NAME.test(name) || typeof value !== 'string') {
        return refuse('ValidationException', 'Name or SecretString is not valid.');
      }
      if (store.get(region, name)) {
        return refuse(
          'ResourceExistsException',
          `The operation failed because the secret ${name} already exists.`,
        );
      }
      return done(naming(store.put(region, name, value)));
    },

    PutSecretValue: ({ SecretId: id, SecretString: value }, region) => {
      if (typeof id !== 'string' || typeof value !== 'string') {
        return refuse('ValidationException', 'SecretId or SecretString is not valid.');
      }
      if (!store.get(region, id)) return notFound();
      return done({ ...naming(store.put(region, id, value)), VersionStages: ['AWSCURRENT'] });
    },
  });
}

/** The version's id is a UUID, as AWS makes it. */
function naming({ arn, name, version }: Secret): object {
  const VersionId = `00000000-0000-4000-8000-${version.toString(16).padStart(12, '0')}`;
  return { ARN: arn, Name: name, VersionId };
}

function notFound(): JsonReply {
  return refuse('ResourceNotFoundException', "Secrets Manager can't find the specified secret.");
}

function keyOf(region: string, name: string): string {
  return `${region} ${name}`;
}
