import { dirname } from 'node:path';
import { LandfallError } from '#kit/errors.ts';
import { entriesOf, readYamlTree, textOf, type YamlTree } from '../across/yaml-tree.ts';
import { readJob, type JobReading } from './job-reading.ts';
import { CREDENTIAL_OPTIONS, type CredentialOption, type GivenCredentials } from './job.ts';

/** A configuration of jobs, those that cannot be carried out included. */
export interface SyncConfig {
  /** In the order of the file. */
  readonly jobs: readonly JobReading[];
  /** Those that all jobs share. */
  readonly credentials: GivenCredentials;
  readonly warnings: readonly string[];
}

/**
 * The YAML of aws_xregion_sync 0.1, unchanged: top-level keys that begin with `sync_` in any case are jobs.
 * @param file for messages. @throws LandfallError `LF_USAGE`: no YAML, or no job in it.
 */
export function readSyncConfig(text: string, file: string): SyncConfig {
  const read = readYamlTree(text);
  if ('cause' in read) throw unusable(file, `it is no YAML: ${read.cause}`);
  const top = entriesOf(read.tree);
  const warnings: string[] = [];
  const common = readCredentialOptions(top.get('aws_client_config'));
  warnings.push(...common.unknown.map((key) => `aws_client_config: ${key} is not known and means nothing`));
  const jobs: JobReading[] = [];
  for (const [name, tree] of top) {
    if (!/^sync_/i.test(name)) continue;
    const own = readCredentialOptions(entriesOf(tree).get('aws_client_config'));
    warnings.push(
      ...own.unknown.map((key) => `${name}: aws_client_config: ${key} is not known and means nothing`),
    );
    const reading = readJob(name, tree, mergeCredentials(common.given, own.given), dirname(file));
    jobs.push(reading);
    warnings.push(...reading.warnings.map((warning) => `${name}: ${warning}`));
  }
  if (jobs.length === 0) throw unusable(file, 'there is no job in it: no key begins with sync_');
  return { jobs, credentials: common.given, warnings };
}

function unusable(file: string, cause: string): LandfallError {
  return new LandfallError({
    code: 'LF_USAGE',
    operation: 'read',
    subject: file,
    cause,
    hint: 'docs/sync.md has a configuration to start from.',
  });
}

/** The README of the gem has `aws_access_key`, its code `access_key_id`: spellings of one key are one key before merging. */
const SPELLINGS: Readonly<Record<string, CredentialOption>> = {
  aws_access_key: 'access_key_id',
  aws_access_key_id: 'access_key_id',
  aws_secret_key: 'secret_access_key',
  aws_secret_access_key: 'secret_access_key',
  aws_session_token: 'session_token',
};

interface ReadCredentials {
  readonly given: GivenCredentials;
  /** Keys that mean nothing. */
  readonly unknown: readonly string[];
}

function readCredentialOptions(tree: YamlTree | undefined): ReadCredentials {
  const given: Partial<Record<CredentialOption, string>> = {};
  const unknown: string[] = [];
  for (const [key, value] of entriesOf(tree)) {
    const option = SPELLINGS[key] ?? CREDENTIAL_OPTIONS.find((name) => name === key);
    const text = textOf(value);
    if (option === undefined) unknown.push(key);
    // People write account ids in groups of four.
    else if (text !== '') given[option] = option === 'aws_account_id' ? text.replaceAll(/\D/g, '') : text;
  }
  return { given, unknown };
}

/** The job wins, key by key: one that gives only a secret keeps the common key id. */
function mergeCredentials(common: GivenCredentials, own: GivenCredentials): GivenCredentials {
  return { ...common, ...own };
}
