import { LandfallError } from '#kit/errors.ts';
import { SECRET_NAME, SECRET_VALUE } from '../folder/secret-shapes.ts';
import { usage } from '../console/options.ts';

export type Environment = ReadonlyMap<string, string>;

const HINT = 'Write it as --env AWS_ENDPOINT_URL=http://127.0.0.1:4566.';

/** Names that would make the agent run what nobody verified, or that the unit clears. */
const TAKEN = /^(PATH|IFS|HOME|ENV|BASH_ENV|SHELLOPTS|NODE_.*|LD_.*|LC_ALL)$/;
/** `--env K=V` of the command line, and the source as what it is for the agent. @throws LandfallError `LF_USAGE`, `LF_USERDATA_SECRET`. */
export function readEnvironment(source: string, pairs: readonly string[]): Environment {
  const environment = new Map<string, string>();
  for (const pair of [`LANDFALL_SOURCE=${source}`, ...pairs]) {
    const [, name, value = ''] = /^([A-Za-z_][A-Za-z0-9_]*)=(.*)$/s.exec(pair) ?? [];
    const subject = `--env ${name ?? pair}`;
    if (name === undefined) throw usage(subject, 'it is no NAME=VALUE', HINT);
    if (environment.has(name))
      throw usage(subject, 'it is set twice', 'Say it once; the source is LANDFALL_SOURCE.');
    if (TAKEN.test(name)) throw usage(subject, 'user data does not set this variable', 'Leave it out.');
    // Instances have a role: nothing that is worth keeping belongs into a text that every process of theirs can read.
    if (SECRET_NAME.test(name) || SECRET_VALUE.test(value)) throw new LandfallError(secret(subject));
    if (!/^[ -&(-~]*$/.test(value)) {
      throw usage(
        subject,
        "the value has a quote (') or something beyond printable ASCII",
        'Leave it out of user data.',
      );
    }
    environment.set(name, value);
  }
  return environment;
}

/** As both sh and systemd's EnvironmentFile read it: nothing within single quotes has a meaning. */
export function printEnvironment(environment: Environment): string {
  return [...environment].map(([name, value]) => `${name}='${value}'\n`).join('');
}

function secret(subject: string) {
  return {
    code: 'LF_USERDATA_SECRET',
    operation: 'accept',
    subject,
    cause: 'it looks like a secret, and every process of the instance can read its user data',
    hint: 'Keep it in SSM or Secrets Manager of each region, and write ${@ssm:/name} or ${@secret:name} into the configuration.',
  } as const;
}
