import { envName, type Effective, type Facts, type Generation } from '#config-service';

/** Where commands look for programs, whatever the agent itself was started with. */
export const COMMAND_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** Of 128 KiB that execve(2) allows one string, and of the 2 MiB for all: the rest belongs to the script. */
const MAX_VALUE_BYTES = 32 * 1024;
const MAX_TOTAL_BYTES = 256 * 1024;

/**
 * Names that steer the shell, the loader, an interpreter or an AWS client: a property `path` or `ld.preload` must not
 * become one by accident. An entry's `environment` may set them.
 */
const NEVER_FROM_PROPERTIES =
  /^(PATH|HOME|USER|LOGNAME|SHELL|PWD|OLDPWD|ENV|IFS|CDPATH|TMPDIR|TERM|LANG|LC_.*|TZ|BASH.*|SHELLOPTS|PS[0-9]|PROMPT_COMMAND|LD_.*|GCONV_PATH|MALLOC_.*|NODE_.*|PYTHON.*|PERL.*|RUBY.*|AWS_.*|LANDFALL_.*|.*_PROXY|_)$/;

/** Variables of the agent itself that a command needs to reach what the agent reaches. */
const PASSED_ON =
  /^(AWS_EC2_METADATA_SERVICE_ENDPOINT(_MODE)?|AWS_ENDPOINT_URL(_[A-Z0-9_]+)?|AWS_USE_(FIPS|DUALSTACK)_ENDPOINT|AWS_CA_BUNDLE|(NO|HTTP|HTTPS)_PROXY|(no|http|https)_proxy)$/;

/** The part of the agent's environment that commands get, after the daemon refused foreign endpoints. */
export function passedOn(
  env: Readonly<Record<string, string | undefined>>,
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(env).filter((entry): entry is [string, string] => {
      return entry[1] !== undefined && PASSED_ON.test(entry[0]);
    }),
  );
}

/** What a command is told; the later one wins. */
export interface EnvironmentParts {
  readonly generation: Generation;
  readonly isSecret: (key: string) => boolean;
  readonly passedOn: Readonly<Record<string, string>>;
  readonly own: Readonly<Record<string, string>>;
  /** Variables of the event, such as `LANDFALL_DEPLOY_VERSION`. */
  readonly event: Readonly<Record<string, string>>;
}

/** Facts come last: nothing that is configured can tell a script it is elsewhere (law 1). */
export function environmentOf(parts: EnvironmentParts): Readonly<Record<string, string>> {
  const { generation } = parts;
  return {
    ...propertyVariables(generation.effective, parts.isSecret),
    PATH: COMMAND_PATH,
    ...parts.passedOn,
    ...parts.own,
    ...parts.event,
    ...factVariables(generation.facts),
    LANDFALL_GENERATION: String(generation.number),
    LANDFALL_RELEASE: generation.release ?? '',
  };
}

/** What an instance does not have is empty and not absent: `set -u` is good style. */
export function factVariables(facts: Facts): Record<string, string> {
  return {
    LANDFALL_REGION: facts.region,
    LANDFALL_ZONE: facts.zone,
    LANDFALL_ACCOUNT: facts.account,
    LANDFALL_PARTITION: facts.partition,
    LANDFALL_ROLE: facts.role ?? '',
    LANDFALL_ENVIRONMENT: facts.environment ?? '',
    LANDFALL_INSTANCE_ID: facts.instanceId,
    AWS_REGION: facts.region,
    AWS_DEFAULT_REGION: facts.region,
  };
}

/**
 * Properties by the names of `landfall config --format env`, the first key of a name wins. Left out, and to be read from
 * the file at LANDFALL_PROPERTIES: secrets (every user can have the environment of its processes shown), long values, and
 * all that goes beyond `MAX_TOTAL_BYTES` in the order of the keys.
 */
function propertyVariables(effective: Effective, isSecret: (key: string) => boolean): Record<string, string> {
  const variables: Record<string, string> = {};
  let total = 0;
  for (const { key, value } of effective.values()) {
    const name = envName(key);
    if (NEVER_FROM_PROPERTIES.test(name) || name in variables || isSecret(key)) continue;
    const bytes = Buffer.byteLength(name) + Buffer.byteLength(value) + 2;
    if (value.includes('\0') || bytes > MAX_VALUE_BYTES || total + bytes > MAX_TOTAL_BYTES) continue;
    variables[name] = value;
    total += bytes;
  }
  return variables;
}
