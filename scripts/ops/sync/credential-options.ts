import { CREDENTIAL_OPTIONS, type CredentialOption, type GivenCredentials } from './job.ts';
import { entriesOf, textOf, type YamlTree } from '../across/yaml-tree.ts';

/** The README of the gem has `aws_access_key`, its code `access_key_id`: spellings of one key are one key before merging. */
const SPELLINGS: Readonly<Record<string, CredentialOption>> = {
  aws_access_key: 'access_key_id',
  aws_access_key_id: 'access_key_id',
  aws_secret_key: 'secret_access_key',
  aws_secret_access_key: 'secret_access_key',
  aws_session_token: 'session_token',
};

export interface ReadCredentials {
  readonly given: GivenCredentials;
  /** Keys that mean nothing. */
  readonly unknown: readonly string[];
}

export function readCredentialOptions(tree: YamlTree | undefined): ReadCredentials {
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
export function mergeCredentials(common: GivenCredentials, own: GivenCredentials): GivenCredentials {
  return { ...common, ...own };
}
