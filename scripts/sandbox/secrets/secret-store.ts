import type { Service } from '../wire/exchange.ts';
import { done, jsonService, refuse, type JsonReply } from './json-service.ts';

const NAME = /^[\w/+=.@!-]{1,512}$/;

/** One version of a secret. */
interface Secret {
  readonly name: string;
  readonly arn: string;
  readonly value: string | Uint8Array;
  readonly version: number;
  readonly createdAt: number;
  readonly stages: readonly string[];
}

/** Secrets of all regions; the same name in two regions is two secrets. */
export class SecretStore {
  /** The versions of each, oldest first. */
  readonly #secrets = new Map<string, readonly Secret[]>();
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
    const version = (before?.version ?? 0) + 1;
    const secret = { name, arn, value, version, createdAt: this.#now(), stages: ['AWSCURRENT'] };
    const kept = (this.#secrets.get(keyOf(region, name)) ?? []).map((one) => {
      const others = one.stages.filter((stage) => stage !== 'AWSCURRENT' && stage !== 'AWSPREVIOUS');
      return { ...one, stages: one === before ? [...others, 'AWSPREVIOUS'] : others };
    });
    this.#secrets.set(keyOf(region, name), [...kept, secret]);
    return secret;
  }

  delete(region: string, name: string): void {
    this.#secrets.delete(keyOf(region, name));
  }

  /** Moves a stage of one's own to the version that has the id. */
  stage(region: string, id: string, versionId: string, stage: string): void {
    const name = this.get(region, id)?.name ?? id;
    const versions = (this.#secrets.get(keyOf(region, name)) ?? []).map((one) => {
      const others = one.stages.filter((known) => known !== stage);
      return { ...one, stages: versionIdOf(one) === versionId ? [...others, stage] : others };
    });
    this.#secrets.set(keyOf(region, name), versions);
  }

  /** By name or ARN, the latter with or without its random end; the version of that stage, and of that id. */
  get(region: string, id: string, stage?: string, versionId?: string): Secret | undefined {
    const isMeant = ({ arn }: Secret): boolean => arn === id || arn.slice(0, -7) === id;
    const versions =
      this.#secrets.get(keyOf(region, id)) ??
      [...this.#secrets.values()].find(([one]) => one !== undefined && isMeant(one));
    const wanted = stage ?? (versionId === undefined ? 'AWSCURRENT' : undefined);
    return versions?.find(
      (one) =>
        (wanted === undefined || one.stages.includes(wanted)) &&
        (versionId === undefined || versionIdOf(one) === versionId),
    );
  }
}

/** Secrets Manager, awsJson 1.1: GetSecretValue, CreateSecret, PutSecretValue and UpdateSecretVersionStage. */
export function secretsManagerService(store: SecretStore): Service {
  return jsonService('secretsmanager', {
    GetSecretValue: ({ SecretId: id, VersionStage: stage, VersionId: versionId }, region) => {
      if (typeof id !== 'string') return refuse('ValidationException', 'SecretId is required.');
      if (store.denied.has(id)) {
        return refuse(
          'AccessDeniedException',
          'User is not authorized to perform: secretsmanager:GetSecretValue',
        );
      }
      const secret = store.get(region, id, textOf(stage), textOf(versionId));
      if (!secret) return notFound();
      const { value, createdAt, stages } = secret;
      const content =
        typeof value === 'string'
          ? { SecretString: value }
          : { SecretBinary: Buffer.from(value).toString('base64') };
      return done({
        ...naming(secret),
        ...content,
        VersionStages: stages,
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

    UpdateSecretVersionStage: ({ SecretId: id, VersionStage: stage, MoveToVersionId: versionId }, region) => {
      if (typeof id !== 'string' || typeof stage !== 'string' || typeof versionId !== 'string') {
        return refuse('ValidationException', 'SecretId, VersionStage or MoveToVersionId is not valid.');
      }
      const secret = store.get(region, id, undefined, versionId);
      if (!secret) return notFound();
      store.stage(region, id, versionId, stage);
      return done({ ARN: secret.arn, Name: secret.name });
    },
  });
}

function naming(secret: Secret): object {
  const { arn, name } = secret;
  return { ARN: arn, Name: name, VersionId: versionIdOf(secret) };
}

/** A UUID, as AWS makes it. */
function versionIdOf({ version }: Secret): string {
  return `00000000-0000-4000-8000-${version.toString(16).padStart(12, '0')}`;
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function notFound(): JsonReply {
  return refuse('ResourceNotFoundException', "Secrets Manager can't find the specified secret.");
}

function keyOf(region: string, name: string): string {
  return `${region} ${name}`;
}
