import { addressAround, type Address } from './address.ts';
import { arnAround, judgeInArn, type Arn } from './arn.ts';
import { verdict, type Verdict } from './finding.ts';
import { isHost, isReversed, judgeInHost, runAround, type Run } from './host.ts';
import { ownerOf } from './domains.ts';
import { isProse } from './prose.ts';
import type { RegionName } from './region-name.ts';

/**
 * What a region's name means where it stands, in the order of how much its surroundings prove: an ARN, a credential
 * scope, a URL, a host, and last the word by itself.
 */
export function judgePlace(text: string, name: RegionName, arns: readonly Arn[]): Verdict {
  const arn = arnAround(arns, name.start);
  if (arn) return judgeInArn(arn, name);
  if (name.spelling === 'constant') return judgeConstant(text, name);
  if (isCredentialScope(text, name)) return verdict('error', 'sigv4-scope');
  const run = runAround(text, name.start, name.end);
  const address = addressAround(text, name);
  if (address) return judgeInAddress(text, name, run, address);
  if (isReversed(run))
    return name.known ? verdict('error', 'vpce-service') : verdict('warning', 'unknown-region');
  if (isHost(run, name.end)) return judgeInHost(run, name);
  return name.known ? judgeWord(text, name, run) : null;
}

/** An SDK's constant is a word of a program: not of a sentence, nor of a page's address. */
function judgeConstant(text: string, name: RegionName): Verdict {
  const isCode = !isProse(text, name.start, name.end) && !addressAround(text, name);
  return isCode ? verdict('warning', 'constant') : null;
}

/** `AKIA.../20250101/eu-west-1/s3/aws4_request`: SigV4 signs for one region, whatever host it is sent to. */
function isCredentialScope(text: string, name: RegionName): boolean {
  return (
    /\/\d{8}\/$/.test(text.slice(Math.max(0, name.start - 10), name.start)) &&
    /^\/[a-z0-9-]{1,64}\/aws4_request/.test(text.slice(name.end, name.end + 80))
  );
}

function judgeInAddress(text: string, name: RegionName, run: Run, address: Address): Verdict {
  if (address.scheme === 's3' || address.scheme === 's3a' || address.scheme === 's3n')
    return judgeInBucket(name, run, address);
  // `https://sqs.us-east-1.amazonaws.com@evil.example/` goes to evil.example.
  if (address.part === 'userinfo') return null;
  if (address.part === 'host')
    return isHost(run, name.end) ? judgeInHost(run, name) : judgeShortHost(name, run);
  if (!name.known) return null;
  const owner = ownerOf(address.host);
  const isParameter = /[?&;#/][^=&/]{0,64}=$/.test(address.before);
  if (owner === 'console')
    return isParameter && /console|signin/.test(address.host) ? verdict('error', 'console-url') : null;
  if (owner === 'elsewhere') return null;
  if (isParameter) return verdict('warning', 'config-region');
  return owner === 'aws'
    ? judgeAwsPath(text, name, address)
    : isSegment(text, name)
      ? verdict('info', 'hint:path')
      : null;
}

/** A host without a dot after the name: `https://us-east-1/`, `amqp://broker-us-east-1:5672`. */
function judgeShortHost(name: RegionName, run: Run): Verdict {
  return name.known && run.text.length > 0 ? verdict('info', 'hint:private-dns') : null;
}

/** Bucket names are free text, but for the account-regional namespace, whose suffix AWS gives out. */
function judgeInBucket(name: RegionName, run: Run, address: Address): Verdict {
  if (name.spelling === 'zone-id') return verdict('error', 's3-express');
  if (!name.known) return null;
  if (address.part !== 'host') return null;
  return isAccountRegional(run, name)
    ? verdict('error', 's3-account-regional-bucket')
    : verdict('info', 'hint:bucket-name');
}

/** A path on an endpoint: in S3's path style its first segment is a bucket; elsewhere it is a name that proves nothing. */
function judgeAwsPath(text: string, name: RegionName, address: Address): Verdict {
  const first = address.before.indexOf('/') === address.before.lastIndexOf('/');
  if (first && /^s3[.-]/i.test(address.host)) return verdict('warning', 's3-path-bucket');
  return isSegment(text, name) && !/-\d\./.test(address.host) ? verdict('warning', 'path') : null;
}

/** The word by itself, or inside a longer one. */
function judgeWord(text: string, name: RegionName, run: Run): Verdict {
  if (isOtherScheme(text, run)) return null;
  if (name.spelling === 'zone-id' && run.text.endsWith('--x-s3')) return verdict('error', 's3-express');
  if (isAccountRegional(run, name)) return verdict('error', 's3-account-regional-bucket');
  if (isProse(text, name.start, name.end)) return null;
  if (name.spelling === 'zone-id') return verdict('error', 'az-id');
  if (isPath(text, name)) return verdict('info', 'hint:path');
  const alone = name.start === run.start || text[name.start - 1] === '.';
  const closed = name.end === run.end || text[name.end] === '_' || text[name.end] === '.';
  if (alone && closed) return verdict('warning', KIND_ALONE[name.spelling]);
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

/** Something else's naming scheme: an ARN that is none (`barn:aws:...`, too few fields), or another cloud's. */
function isOtherScheme(text: string, run: Run): boolean {
  const reach = text.slice(Math.max(0, run.start - 64), run.start);
  return /arn:[^\s"'`,]*$|(?:^|[\s"'`=])(?:acs|qcs|hrn|jrn|crn|ocid1)[:.][^\s"'`]*$/.test(reach);
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
