import { verdict, type Verdict } from './finding.ts';
import { isAwsBucket } from '../tables/aws-buckets.ts';
import { isGlobalHost } from '../tables/global-services.ts';
import { ownerOf } from '../tables/domains.ts';
import { PARTITION_TABLE } from '../tables/partition-table.ts';
import type { RegionName } from './region-name.ts';

/** A run of host characters in a text, dots and hyphens trimmed from both ends. */
export interface Run {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** RFC 1035: no name is longer. It also bounds the work on text that is one endless run. */
const LONGEST_HOST = 255;

/** The suffixes back to front, as VPC endpoint services are called: `com.amazonaws.eu-west-1.s3`. */
const REVERSED: readonly string[] = [
  ...PARTITION_TABLE.map(({ dnsSuffix }) => `${dnsSuffix.split('.').toReversed().join('.')}.`),
  // SageMaker, Bedrock and their like: `aws.sagemaker.eu-west-1.studio`.
  'aws.',
];

/** What ends a dotted word that is a file and not a host. */
const FILE =
  /\.(?:bak|cfg|conf|csv|deb|env|gz|html?|ini|js|json|jsonl?|log|md|pem|properties|py|rpm|sh|sql|tar|tf|tfvars|tgz|toml|ts|txt|xml|ya?ml|zip)$/i;

export function runAround(text: string, start: number, end: number): Run {
  let from = start;
  let to = end;
  const floor = Math.max(0, start - LONGEST_HOST);
  const ceiling = Math.min(text.length, end + LONGEST_HOST);
  while (from > floor && isHostCharacter(text.charCodeAt(from - 1))) from--;
  while (to < ceiling && isHostCharacter(text.charCodeAt(to))) to++;
  while (from < start && /[.\-_]/.test(text.charAt(from))) from++;
  while (to > end && /[.\-_]/.test(text.charAt(to - 1))) to--;
  return { start: from, end: to, text: text.slice(from, to) };
}

/** Whether the run, given that a region's name ends at `nameEnd`, can be a host: more labels follow, the last of letters. */
export function isHost(run: Run, nameEnd: number): boolean {
  const after = run.text.slice(nameEnd - run.start);
  return after.includes('.') && /\.[a-z]{2,24}$/i.test(run.text) && !FILE.test(run.text);
}

export function isReversed(run: Run): boolean {
  const name = run.text.toLowerCase();
  return REVERSED.some((prefix) => name.startsWith(prefix)) || name.startsWith('cn.com.amazonaws.');
}

/** What a region's name inside a host says. */
export function judgeInHost(run: Run, name: RegionName): Verdict {
  const host = run.text.toLowerCase();
  const label = labelAround(run, name);
  const alone = label === run.text.slice(name.start - run.start, name.end - run.start);
  const owner = ownerOf(host);
  if (owner === 'elsewhere' || owner === 'emulator') return null;
  if (owner === 'aws' || owner === 'console') {
    if (isGlobalHost(host, name.region)) return null;
    if (!name.known) return isCertain(run, name, label) ? verdict('warning', 'unknown-region') : null;
    if (isAwsBucket(label, name.region)) return verdict('error', 'aws-bucket');
    // A bucket or a repository may be called after a region that it does not live in; the label of S3 itself may not.
    const structural = alone || name.spelling !== 'plain' || /^s3-/i.test(label);
    return structural ? verdict('error', 'host') : verdict('info', 'hint:bucket-name');
  }
  if (!name.known) return null;
  return owner === 'on-aws' ? verdict('warning', 'third-party') : verdict('info', 'hint:private-dns');
}

function labelAround(run: Run, name: RegionName): string {
  const start = run.text.lastIndexOf('.', name.start - run.start) + 1;
  const end = run.text.indexOf('.', name.end - run.start);
  return run.text.slice(start, end < 0 ? undefined : end);
}

/** A whole label, or S3's (`s3-nz-north-1`); in front of S3's own label stands the name of a bucket. */
function isCertain(run: Run, name: RegionName, label: string): boolean {
  const whole = run.text.slice(name.start - run.start, name.end - run.start);
  const rest = label.toLowerCase().replace(whole.toLowerCase(), '');
  if (/^s3(?:-fips|-website)?-$/.test(rest)) return true;
  return /^[a-f]?$/.test(rest) && !/^[a-f]?\.s3[.-]/i.test(run.text.slice(name.end - run.start));
}

function isHostCharacter(code: number): boolean {
  return (
    (code >= 0x61 && code <= 0x7a) || // a-z
    (code >= 0x41 && code <= 0x5a) || // A-Z
    (code >= 0x30 && code <= 0x39) || // 0-9
    code === 0x2d || // -
    code === 0x2e || // .
    code === 0x5f // _
  );
}
