import { parseSourceAddress, type Facts } from '#config-service';
import { factsOf } from '../folder/scenario.ts';
import { usage, valueOf } from '../console/options.ts';

export interface ReleaseAddress {
  readonly bucket: string;
  /** Without a slash at either end; may be empty. */
  readonly prefix: string;
}

/**
 * Where `--to` leads for one region: the words of the agents' `source` setting, with the placeholders an operator can fill.
 * @throws LandfallError `LF_USAGE`, `LF_SETTINGS`.
 */
export function readReleaseAddress(to: string, region: string, owner: string | undefined): ReleaseAddress {
  const [unknown] = /\{(?!region\}|partition\}|account\})[^{}]*\}/.exec(to) ?? [];
  if (unknown !== undefined) {
    throw usage(
      `--to ${to}`,
      `${unknown} has no value here`,
      'Write the value itself: one publication is for one of them.',
    );
  }
  if (to.includes('{account}') && owner === undefined) {
    throw usage(`--to ${to}`, 'nothing says which account {account} is', 'Give it with --owner.');
  }
  const facts: Facts = valueOf(factsOf({ region }, { account: owner ?? '' }));
  const address = valueOf(parseSourceAddress(to, facts));
  if (address.kind !== 's3')
    throw usage(`--to ${to}`, 'it is no S3 address', 'Write it as s3://bucket-{region}/prefix.');
  return { bucket: address.bucket, prefix: address.prefix };
}
