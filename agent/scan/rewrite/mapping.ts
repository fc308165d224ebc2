import { regionFacts, shortCode } from '#config-service';
import { LIMITS } from '../bytes/limits.ts';
import type { Sighting } from '../text/text-scanner.ts';

export interface Move {
  readonly from: string;
  readonly to: string;
}

/** What to write in place of the region's name, or why nothing can safely stand there. */
export type Mapping =
  | { readonly kind: 'to'; readonly name: string }
  | { readonly kind: 'none'; readonly why: string };

/** Zones a, b and c, and 1, 2 and 3, are in nearly every region; the letters beyond are not. */
const LAST_ZONE = 'c';
const LAST_ZONE_NUMBER = 3;

/** A service's own endpoint, with nothing in front that somebody created there: `sqs.R`, `s3.dualstack.R`, `ec2-fips.R`. */
const SERVICE_HOST = /^(?:[a-z][a-z0-9-]{0,40}\.)?(?:dualstack\.|fips\.)?$/i;
/** An id that a service gave out: `abc123def4`, hexadecimal digits, the six letters behind a secret's name. */
const GIVEN_OUT = /[0-9a-f]{8}|:secret:/i;

/** Only what means the same in the other region is mapped: an endpoint, a name, a setting; never a resource with an id. */
export function mapped(sighting: Sighting, move: Move): Mapping {
  const { kind, name, text, nameAt } = sighting;
  const before = text.slice(0, nameAt);
  const after = text.slice(nameAt + name.length);
  switch (kind) {
    case 'host':
      return host(before, name, after, move);
    case 'arn':
      return arn(name, after, move);
    case 'vpce-service':
      return GIVEN_OUT.test(after)
        ? none('an endpoint service that exists in one region only')
        : renamed(name, move);
    case 'az-name':
      return name.toLowerCase().slice(move.from.length) > LAST_ZONE
        ? none('the other region may have no such zone')
        : renamed(name, move);
    case 'az-id':
      return zoneId(name, move);
    case 'config-region':
    case 'constant':
      return renamed(name, move);
    default:
      return none(
        WHY[kind] ?? (kind.startsWith('base64:') ? 'it stands in base64' : 'a name that somebody chose'),
      );
  }
}

const WHY: Readonly<Record<string, string>> = {
  'opaque-id': 'an id that exists in one region only',
  'public-address': 'an address that exists in one region only',
  'region-unknown:public-address': 'an address that exists in one region only, and nothing says in which',
  'legacy-host': 'an endpoint without a region; write the regional one',
  'sigv4-scope': 'a signature is made for one region',
  's3-express': 'a bucket that exists in one zone only',
  's3-account-regional-bucket': 'a bucket that exists in one region only',
  's3-path-bucket': 'a bucket that exists in one region only',
  'local-zone': 'a local zone of that region',
  'wavelength-zone': 'a wavelength zone of that region',
  'unknown-region': 'a region this build does not know',
  'third-party': "another vendor's host, which may not exist there",
};

function host(before: string, name: string, after: string, move: Move): Mapping {
  if (!samePartition(move)) return none('the other partition has other host names');
  // Amazon's first region writes no region into the names of its instances.
  if (/^ec2\.internal$/i.test(name) && before === '') return to(`${move.to}.compute.internal`);
  if (/^\.compute\.internal/i.test(after)) {
    return before === '' && move.to !== 'us-east-1' ? renamed(name, move) : none('the name of an instance');
  }
  // `us-east-1a.fs-0123abcd.efs.us-east-1...` begins as an endpoint does.
  const isService =
    after.startsWith('.') && SERVICE_HOST.test(before) && !GIVEN_OUT.test(before) && !GIVEN_OUT.test(after);
  return isService ? renamed(name, move) : none('the host of a resource that has another name there');
}

/** `after` begins with the account, which is the same in every region. An ARN that was shortened cannot be judged. */
function arn(name: string, after: string, move: Move): Mapping {
  if (!samePartition(move)) return none('the other partition has other ARNs');
  const isWhole = after.length < LIMITS.text / 2 && /^:(?:\d{12})?:/.test(after);
  return !isWhole || GIVEN_OUT.test(after.replace(/^:\d*/, ''))
    ? none('the ARN of a resource that has another id there')
    : renamed(name, move);
}

function zoneId(name: string, move: Move): Mapping {
  const match = /^([a-z]+\d)-az(\d+)$/i.exec(name);
  if (match?.[1]?.toLowerCase() !== shortCode(move.from)) return none('a local zone of that region');
  if (Number(match[2]) > LAST_ZONE_NUMBER) return none('the other region may have no such zone');
  return to(`${shortCode(move.to)}-az${match[2]}`);
}

/** The name in the spelling it had: `US_EAST_1`, `UsEast1`, `us-east-1a`. Escaped spellings are left to people. */
function renamed(name: string, { from, to: target }: Move): Mapping {
  for (const spell of SPELLINGS) {
    if (name.startsWith(spell(from))) return to(spell(target) + name.slice(spell(from).length));
  }
  return none('it is written in a way that is not rewritten');
}

const SPELLINGS: readonly ((region: string) => string)[] = [
  (region) => region,
  (region) => region.toUpperCase(),
  (region) => region.replaceAll('-', '_'),
  (region) => region.replaceAll('-', '_').toUpperCase(),
  (region) => region.split('-').map(capitalised).join(''),
  // .NET: `USEast1`.
  (region) =>
    region
      .split('-')
      .map((part, index) => (index === 0 ? part.toUpperCase() : capitalised(part)))
      .join(''),
];

function capitalised(part: string): string {
  return part.charAt(0).toUpperCase() + part.slice(1);
}

function samePartition({ from, to: target }: Move): boolean {
  return regionFacts(from)?.partition === regionFacts(target)?.partition;
}

function to(name: string): Mapping {
  return { kind: 'to', name };
}

function none(why: string): Mapping {
  return { kind: 'none', why };
}
