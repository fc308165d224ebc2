import { dirname } from 'node:path';
import { LandfallError } from '#kit/errors.ts';
import { mergeCredentials, readCredentialOptions } from './credential-options.ts';
import { readJob, type JobReading } from './job-reading.ts';
import type { GivenCredentials } from './job.ts';
import { entriesOf, readYamlTree } from '../across/yaml-tree.ts';

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
