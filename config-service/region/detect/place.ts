import { isAwsBucket } from '../tables/aws-buckets.ts';
import { ownerOf } from '../tables/domains.ts';
import { arnAround, judgeInArn, type Arn } from './arn.ts';
import { verdict, type Verdict } from './finding.ts';
import { isHost, isReversed, judgeInHost, runAround, type Run } from './host.ts';
import { isProse } from './prose.ts';
import type { RegionName } from './region-name.ts';
import type { TextRole } from './text-role.ts';

/** A name and what stands around it. */
interface Place {
  readonly text: string;
  readonly name: RegionName;
  readonly role: TextRole;
  readonly run: Run;
}

/**
 * What a region's name means where it stands, in the order of how much its surroundings prove: an ARN, a credential
 * scope, a host wherever it stands, a URL, and last the word by itself.
 */
export function judgePlace(text: string, name: RegionName, arns: readonly Arn[], role: TextRole): Verdict {
  const run = runAround(text, name.start, name.end);
  const place = { text, name, role, run };
  const arn = arnAround(arns, name.start);
  if (arn) return judgeInArn(arn, name, run);
  if (name.spelling === 'constant') return judgeConstant(place);
  if (isCredentialScope(text, name)) return verdict('error', 'sigv4-scope');
  const address = addressAround(text, name);
  // `https://sqs.us-east-1.amazonaws.com@evil.example/` goes to evil.example.
  if (address?.part === 'userinfo') return null;
  if (isReversed(run))
    return name.known ? verdict('error', 'vpce-service') : verdict('warning', 'unknown-region');
  if (isHost(run, name.end) && isHostOfItsOwn(run, role, address)) return judgeInHost(run, name);
  if (address) return judgeInAddress(place, address);
  return judgeWord(place);
}

/**
 * Whose host it is decides, not what it was handed to: a proxy, a page, a resolver or a driver that has it in its query.
 * Somebody's private name counts where a host is expected; a key's dots may only seem to make one, and S3's a bucket.
 */
function isHostOfItsOwn(run: Run, role: TextRole, address: Address | undefined): boolean {
  const owner = ownerOf(run.text);
  if (owner === 'aws' || owner === 'console') return true;
  if (role === 'key') return owner === 'on-aws';
  if (address === undefined) return true;
  return isS3(address)
    ? address.part !== 'host' && owner !== 'private'
    : address.part === 'host' || owner !== 'private';
}

/** An SDK's constant is a word of a program: not of a sentence, nor of a page's address, but for a parameter of it. */
function judgeConstant(place: Place): Verdict {
  const { text, name, role } = place;
  if (isProse(text, name.start, name.end, role)) return null;
  const address = addressAround(text, name);
  const isCode =
    address === undefined || (isParameter(place, address) && !isReadingHost(ownerOf(address.host)));
  return isCode ? verdict('warning', 'constant') : null;
}

/** `AKIA.../20250101/eu-west-1/s3/aws4_request`: SigV4 signs for one region, whatever host it is sent to. */
function isCredentialScope(text: string, name: RegionName): boolean {
  return (
    /\/\d{8}\/$/.test(text.slice(Math.max(0, name.start - 10), name.start)) &&
    /^\/[a-z0-9-]{1,64}\/aws4_request/.test(text.slice(name.end, name.end + 80))
  );
}

function judgeInAddress(place: Place, address: Address): Verdict {
  const { name } = place;
  if (address.part !== 'host') return judgeBehindHost(place, address);
  if (name.spelling === 'zone-id' && isS3(address)) return verdict('error', 's3-express');
  if (isWholeAuthority(place, address))
    return name.known ? verdict('warning', 'url-region') : unknownSetting(place);
  if (!name.known) return null;
  return isS3(address) ? judgeBucket(place) : verdict('info', 'hint:private-dns');
}

/**
 * `dynamodb://us-east-1`, and what drivers write where a host or a port would stand: `iam://cluster:us-east-1/`,
 * `athena://Region=us-east-1`, `stream.us-east-1`.
 */
function isWholeAuthority(place: Place, { before }: Address): boolean {
  return /(?:^|[@:=.])$/.test(before) && isClosed(place);
}

function isS3({ scheme }: Address): boolean {
  return scheme === 's3' || scheme === 's3a' || scheme === 's3n';
}

/** Bucket names are free text, but for the account-regional namespace, whose suffix AWS gives out, and AWS's own. */
function judgeBucket({ name, run }: Place): Verdict {
  if (isAccountRegional(run, name)) return verdict('error', 's3-account-regional-bucket');
  if (isAwsBucket(run.text, name.region)) return verdict('error', 'aws-bucket');
  return verdict('info', 'hint:bucket-name');
}

function judgeBehindHost(place: Place, address: Address): Verdict {
  const { text, name, run } = place;
  const owner = ownerOf(address.host);
  const isSet = isParameter(place, address);
  if (!name.known) return isSet && !isReadingHost(owner) ? unknownSetting(place) : null;
  if (owner === 'console')
    return isSet && /console|signin/.test(address.host) ? verdict('error', 'console-url') : null;
  if (owner === 'elsewhere') return null;
  if (isSet) return isEmulatorsDefault(owner, name) ? null : verdict('warning', 'config-region');
  if (isHost(run, name.end)) return verdict('info', 'hint:private-dns');
  // An environment of the CDK: `aws://123456789012/us-east-1`.
  if (address.scheme === 'aws' && isSegment(text, name)) return verdict('warning', 'config-region');
  if (owner === 'aws') return judgeAwsPath(place, address);
  return isSegment(text, name) ? verdict('info', 'hint:path') : null;
}

function isParameter(place: Place, { before }: Address): boolean {
  return isClosed(place) && /[=&:@+?#]$/.test(before);
}

function isReadingHost(owner: ReturnType<typeof ownerOf>): boolean {
  return owner === 'elsewhere' || owner === 'emulator';
}

/** MinIO and LocalStack call themselves us-east-1 as they come, and are wherever they run. */
function isEmulatorsDefault(owner: ReturnType<typeof ownerOf>, { region }: RegionName): boolean {
  return owner === 'emulator' && region === 'us-east-1';
}

/** A path on an endpoint: in S3's path style its first segment is a bucket; elsewhere it is a name that proves nothing. */
function judgeAwsPath({ text, name }: Place, address: Address): Verdict {
  const first = address.before.indexOf('/') === address.before.lastIndexOf('/');
  if (first && /^s3[.-]/i.test(address.host)) return verdict('warning', 's3-path-bucket');
  return isSegment(text, name) && !/-\d\./.test(address.host) ? verdict('warning', 'path') : null;
}

/** The word by itself, or inside a longer one. */
function judgeWord(place: Place): Verdict {
  const { text, name, role, run } = place;
  if (isOtherScheme(text, run)) return null;
  if (!name.known) return isProse(text, name.start, name.end, role) ? null : unknownSetting(place);
  if (name.spelling === 'zone-id' && run.text.endsWith('--x-s3')) return verdict('error', 's3-express');
  if (isAccountRegional(run, name)) return verdict('error', 's3-account-regional-bucket');
  if (isAwsBucket(run.text, name.region)) return verdict('error', 'aws-bucket');
  if (isProse(text, name.start, name.end, role)) return null;
  if (name.spelling === 'zone-id') return verdict('error', 'az-id');
  if (isPutIn(text, name)) return verdict('warning', 'config-region');
  if (isPath(text, name)) return verdict('info', 'hint:path');
  const alone = name.start === run.start || text[name.start - 1] === '.';
  const closed = name.end === run.end || text[name.end] === '_' || text[name.end] === '.';
  if (alone && closed) return isOfEmulator(place) ? null : verdict('warning', KIND_ALONE[name.spelling]);
  if (OTHER_CLOUD.test(run.text.slice(0, name.start - run.start))) return null;
  return verdict('info', 'hint:bucket-name');
}

/** `oss-us-east-1` is Alibaba's, `gcp-us-east-1` nobody's but not AWS's. */
const OTHER_CLOUD =
  /(?:^|[._-])(?:oss|cos|obs|tos|ks3|gcp|azure|aliyun|alicloud|oci|linode|wasabi|vultr|ibm)-?$/i;

const KIND_ALONE: Readonly<Record<RegionName['spelling'], string>> = {
  plain: 'config-region',
  zone: 'az-name',
  'local-zone': 'local-zone',
  'wavelength-zone': 'wavelength-zone',
  'zone-id': 'az-id',
  constant: 'constant',
};

const MINIO_SETTING = /(?<![a-z0-9])(?:minio|localstack)[\w.-]*["']?\s*[:=]\s*["']?$/i;

function isOfEmulator({ text, name }: Place): boolean {
  return (
    name.region === 'us-east-1' && MINIO_SETTING.test(text.slice(Math.max(0, name.start - 80), name.start))
  );
}

function unknownSetting({ text, name }: Place): Verdict {
  return isSettingOfUnknown(text, name) ? verdict('warning', 'unknown-region') : null;
}

/** Something else's naming scheme: an ARN that is none (`barn:aws:...`), or another cloud's. */
function isOtherScheme(text: string, run: Run): boolean {
  const reach = text.slice(Math.max(0, run.start - 64), run.start);
  return /[A-Za-z0-9]arn:aws[a-z-]*:[\w.-]*:$|(?:^|[\s"'`=])(?:acs|qcs|hrn|jrn|crn|ocid1)[:.][^\s"'`,;&?|]*$/.test(
    reach,
  );
}

function isAccountRegional(run: Run, name: RegionName): boolean {
  return (
    /-\d{12}-$/.test(run.text.slice(0, name.start - run.start)) &&
    run.text.slice(name.end - run.start) === '-an'
  );
}

function isSegment(text: string, name: RegionName): boolean {
  return text[name.start - 1] === '/' && /^(?:[/?#\s"'`_]|$)/.test(text.slice(name.end, name.end + 1));
}

/** A part of a path, as in `/srv/eu-west-1/app`: a name somebody gave. */
function isPath(text: string, name: RegionName): boolean {
  return text[name.start - 1] === '/' || text[name.end] === '/';
}

/** What sed, perl or vim puts in the place of something: `s/REGION/us-east-1/g`. */
function isPutIn(text: string, { start, end }: RegionName): boolean {
  const [, sign] = SUBSTITUTION.exec(text.slice(Math.max(0, start - 80), start)) ?? [];
  return sign !== undefined && text[end] === sign;
}

const SUBSTITUTION = /(?:^|[\s"'`;{])s([/|,@!])(?:\\.|(?!\1)[^\\])*\1(?:(?!\1).)*$/;

/** Nothing of a longer word follows. */
function isClosed({ text, name }: Place): boolean {
  return !/^(?:[A-Za-z0-9_-]|\.[A-Za-z0-9])/.test(text.slice(name.end, name.end + 2));
}

/** What stands before a value, with the key of it. */
const KEY = /([\w.-]+)["'`]?\s*(?:=>|:=|=|:|\s)\s*["'`]?$/;
const OPTION = /--?(?:[\w-]*)(?:region|zone)[\s=]["'`]?$/i;
const ABOUT_REGION = /region|zone(?!s?\.)|(?:^|[_.-])az(?:$|[_.-])/i;
const AWS = /(?:^|[^a-z])aws(?:[^a-z]|$)|AwsRegion/i;

/**
 * Whether a region that this build does not know is written down as one: other clouds have a `uk-south-1`, too, so either
 * AWS is named with it, or it is the next of a row that AWS has and the setting is about regions.
 */
function isSettingOfUnknown(text: string, name: RegionName): boolean {
  const before = text.slice(Math.max(0, name.start - 160), name.start);
  if (OPTION.test(before)) return name.sibling || AWS.test(before);
  const key = KEY.exec(before)?.[1];
  return key !== undefined && ABOUT_REGION.test(key) && (name.sibling || AWS.test(key));
}

/** The URL that a name stands in, cut at the name. */
interface Address {
  readonly scheme: string;
  /** Without user, password and port. */
  readonly host: string;
  /** Where in the URL the name stands. A bucket of an `s3:` URL is its host. */
  readonly part: 'userinfo' | 'host' | 'path' | 'query';
  /** From the URL's host up to the name. */
  readonly before: string;
}

/** As far back as a window's context goes. */
const REACH = 1024;

/**
 * No URL runs over a blank, a quote or a bracket. A comma or a semicolon separates what stands in a list, of URLs or of
 * parameters, and so does an ampersand before any query: what follows is looked at by itself.
 */
const BREAK = /[\s"'`<>|,;]|^[^?#]*&/;

/**
 * RFC 3986 allows more in user and password; what separates things in a list may not be hidden by an `@` further on. Nor may a
 * backslash: to the WHATWG's URL, which Node and browsers have, it is a slash, and ends the host.
 */
const AUTHORITY = /^([^/?#\s"'`<>,;&|=\\]*@)?(\[[0-9a-fA-F:.]*\]|[A-Za-z0-9._-]*)/;

/** Undefined when no URL runs into the name. */
function addressAround(text: string, name: RegionName): Address | undefined {
  const floor = Math.max(0, name.start - REACH);
  const reach = text.slice(floor, name.start);
  const separator = reach.lastIndexOf('://');
  if (separator < 0 || BREAK.test(reach.slice(separator + 3))) return undefined;
  const mark = floor + separator;
  const scheme = /[a-z][a-z0-9+.-]{0,20}$/i.exec(text.slice(Math.max(0, mark - 24), mark))?.[0] ?? '';
  const before = text.slice(mark + 3, name.start);
  const boundary = before.search(/[/?#]/);
  const authority = boundary < 0 ? text.slice(mark + 3, name.end + 255) : before.slice(0, boundary);
  const [, userinfo = '', host = ''] = AUTHORITY.exec(authority) ?? [];
  const inAuthority = name.start < mark + 3 + userinfo.length ? 'userinfo' : 'host';
  const part = boundary < 0 ? inAuthority : /[?#]/.test(before) ? 'query' : 'path';
  return { scheme: scheme.toLowerCase(), host, part, before };
}
