import { parseSourceAddress } from '#config-service';
import { factsOf, STAND_IN_ACCOUNT } from '../folder/scenario.ts';
import { usage, valueOf } from '../console/options.ts';

/** As the binaries, the instance identity document says x86_64 for the first. */
export const ARCHES = ['x64', 'arm64'] as const;
export type Arch = (typeof ARCHES)[number];

/** Where the agent of one architecture lies in each region, and the sha256 of the binary itself, unpacked. */
export interface AgentAddress {
  readonly arch: Arch;
  /** May hold {region} and {account}. */
  readonly bucket: string;
  /** Key of the objects, without `.zst` or `.gz`. */
  readonly key: string;
  readonly digest: string;
}

/** The name of an agent, before `.zst` or `.gz`: one digest, one name, so that nothing is ever overwritten. */
export function agentKey(prefix: string, arch: Arch, digest: string): string {
  return `${prefix === '' ? '' : `${prefix}/`}landfall-${arch}-${digest}`;
}

const SHAPE =
  /^(?:(?<arch>x64|arm64)=)?s3:\/\/(?<bucket>[^/@]+)(?<path>(?:\/[^@]*)?)@sha256:(?<digest>[0-9a-f]{64})$/;
const OBJECT = /^(?:(?<prefix>.*)\/)?landfall-(?<arch>x64|arm64)-(?<digest>[0-9a-f]{64})(?:\.zst|\.gz)?$/;
const EXAMPLE = 'Take it from `landfall-ops upload-agent`: s3://bucket-{region}/prefix@sha256:DIGEST.';

/**
 * Reads `[x64=|arm64=]s3://bucket/prefix@sha256:DIGEST`, where the path may also be that of an object that `upload-agent`
 * wrote. Letters beyond the plain ones are refused: versions of curl do not agree on how a signature escapes them.
 * @throws LandfallError `LF_USAGE`, `LF_SETTINGS`.
 */
export function readAgentAddress(text: string, fallback: Arch = 'x64'): AgentAddress {
  const wrong = (cause: string) => usage(`--agent ${text}`, cause, EXAMPLE);
  const { arch: asked, bucket = '', path = '', digest = '' } = SHAPE.exec(text)?.groups ?? {};
  if (digest === '') throw wrong('it is no s3://bucket/prefix@sha256:DIGEST with 64 small hex digits');
  const trimmed = path.replaceAll(/^\/+|\/+$/g, '');
  const object = OBJECT.exec(trimmed)?.groups;
  const arch = (asked ?? object?.['arch'] ?? fallback) as Arch;
  const prefix = object ? (object['prefix'] ?? '') : trimmed;

  const [placeholder] = /\{(?!region\}|account\})[^{}]*\}?/.exec(bucket + prefix) ?? [];
  if (placeholder !== undefined)
    throw wrong(`${placeholder} is not known before the agent runs, {region} and {account} are`);
  const plain = prefix.replaceAll(/\{(?:region|account)\}/g, '');
  if (!/^[\w./-]*$/.test(plain)) throw wrong('its path has more than letters, digits and "._-/"');
  if (prefix.split('/').some((part) => part === '.' || part === '..')) throw wrong('its path climbs');
  if (object && (object['arch'] !== arch || object['digest'] !== digest)) {
    throw wrong('the name of the object and what stands beside it differ');
  }
  // Filled for some region, the name of the bucket obeys the same rules as that of a source.
  const facts = valueOf(factsOf({ region: 'eu-west-1' }, { account: STAND_IN_ACCOUNT }));
  valueOf(parseSourceAddress(`s3://${bucket}/${prefix}`, facts));
  return { arch, bucket, key: agentKey(prefix, arch, digest), digest };
}
