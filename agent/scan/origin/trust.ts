import { closeSync, openSync, readSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { saysAll, sourceOf } from '../archives/compiled-cache.ts';
import { toSystem, type BytePath } from '../bytes/byte-path.ts';
import type { Package, Recorder } from '../records/package-record.ts';
import type { PackageRecords, Standing } from '../records/package-records.ts';
import type { Sighting } from '../text/text-scanner.ts';
import { entriesOfTable, isTable } from './region-table.ts';

/** Why a file is somebody else's. */
export type Reason =
  | { readonly because: Recorder; readonly package: string; readonly version: string }
  | { readonly because: 'catalogue' | 'documentation' | 'tests' };

type Records = Pick<PackageRecords, 'standingOf'>;

/** Records of libraries, which a team chose one by one: what is in them is counted. They are a small part of an image. */
const COUNTED: ReadonlySet<Recorder> = new Set(['pip', 'conda']);

/**
 * Which record of the system's own packages vouches for a file whatever is in it, so that it need not be searched: its digest
 * matches, and the file is no configuration in effect.
 */
export function voucherOf(
  path: BytePath,
  records: Records & Pick<PackageRecords, 'recordersOf'>,
): Reason | undefined {
  // What is searched anyway needs its digest only where something is found.
  if (isConfigurationPlace(path) || records.recordersOf(path).every((recorder) => COUNTED.has(recorder)))
    return undefined;
  const standing = records.standingOf(path);
  if (standing.kind !== 'unchanged' || standing.isConfiguration) return undefined;
  return COUNTED.has(standing.owner.recorder) ? undefined : reasonOf(standing.owner);
}

export interface Judgement {
  /** What the reason covers: all that was seen, or the entries of a table. */
  readonly believed: ReadonlySet<Sighting>;
  readonly reason: Reason | undefined;
  /** Whose file it was until somebody changed it. */
  readonly changed: Package | undefined;
}

/**
 * Whether what was seen in a file is its vendor's word and not the team's. A record of packages decides, and only with a digest
 * that matches; where no record speaks, what the file holds and where it lies. A file that was changed is the team's whatever it
 * holds, and configuration in effect counts whoever wrote it, unless it is a table of all regions that nobody changed.
 */
export function judge(path: BytePath, sightings: readonly Sighting[], records: Records): Judgement {
  const standing = records.standingOf(path);
  if (standing.kind === 'changed') return { ...OWN, changed: standing.owner };
  const entries = entriesOfTable(sightings);
  const inEffect = isConfigurationPlace(path) || (standing.kind === 'unchanged' && standing.isConfiguration);
  if (standing.kind === 'unchanged' && (!inEffect || (entries.size > 0 && isTable(sightings, entries))))
    return { believed: new Set(sightings), reason: reasonOf(standing.owner), changed: undefined };
  const source = sourceOf(path);
  const ofSource = source === undefined ? UNCLAIMED : records.standingOf(source);
  if (source !== undefined && ofSource.kind === 'unchanged' && saysAll(source, sightings))
    return { believed: new Set(sightings), reason: reasonOf(ofSource.owner), changed: undefined };
  if (standing.kind === 'unclaimed' && !inEffect && isServiceModel(path))
    return { believed: new Set(sightings), reason: { because: 'catalogue' }, changed: undefined };
  const purpose = standing.kind === 'unclaimed' ? purposeOf(path) : undefined;
  if (purpose !== undefined)
    return { believed: new Set(sightings), reason: { because: purpose }, changed: undefined };
  return entries.size === 0
    ? OWN
    : { believed: entries, reason: { because: 'catalogue' }, changed: undefined };
}

const OWN: Judgement = { believed: new Set(), reason: undefined, changed: undefined };
const UNCLAIMED: Standing = { kind: 'unclaimed' };

function reasonOf({ recorder, name, version }: Package): Reason {
  return { because: recorder, package: name, version };
}

/** What a file is for, by where it lies; undefined for what is in effect or may be. */
type Purpose = 'documentation' | 'tests';

/** Below these lies what others wrote for many. */
const LIBRARY =
  /(?:^|\/)(?:site-packages|dist-packages|node_modules|bower_components|third_party|vendor|gems|pkg\/mod|registry\/src|usr\/share|usr\/lib|usr\/local\/(?:go|lib|share|aws-cli))\//;
const DOCUMENTATION = /(?:^|\/)(?:docs?|man|info|gtk-doc|help|javadoc|changelogs?)\//i;
const PAGE =
  /(?:^|\/)(?:(?:readme|changelog|changes|history|news|authors|license|licence|copying|notice|contributing|faq)(?:[._-][^/]*)?|[^/]*\.(?:md|markdown|rst|adoc|asciidoc|man|[1-9](?:[a-z]+)?))(?:\.gz)?$/i;
const TESTS =
  /(?:^|\/)(?:tests?|testing|testdata|test-data|test_data|__tests__|specs?|fixtures|examples?|samples?|demos?|benchmarks?)\/|(?:^|\/)(?:test_[^/]*|[^/]*_test|[^/]*\.(?:test|spec)|examples?-[^/]*|[^/]*_examples?)\.[a-z]+(?:\.gz)?$/i;
/** Read by a program as it starts, whoever put it there. */
const CONFIGURATION =
  /(?:^|\/)(?:etc|systemd|environment\.d|profile\.d|sources\.list\.d|yum\.repos\.d|repos\.d|cron\.[a-z]+|crontabs|sysctl\.d|tmpfiles\.d|sysusers\.d|modprobe\.d|udev|cloud\.cfg\.d)\/|\.repo$/;

/** Below a tree of libraries, and nowhere else: the examples and the pages of a team's own folder are the team's. */
function purposeOf(path: string): Purpose | undefined {
  const library = LIBRARY.exec(path);
  if (library === null || isConfigurationPlace(path)) return undefined;
  const below = path.slice(library.index + library[0].length);
  if (DOCUMENTATION.test(below) || PAGE.test(below)) return 'documentation';
  return TESTS.test(below) ? 'tests' : undefined;
}

/** Whether what lies there is in effect on this system, so that it counts although nobody changed it. */
function isConfigurationPlace(path: string): boolean {
  return CONFIGURATION.test(path);
}

/** Bytes looked at to tell what a file is, packed or not. */
const HEAD_BYTES = 2048;

/**
 * How AWS describes the interface of a service to its SDKs, with a manual in it and examples: botocore's and the other SDKs'
 * `service-2.json`, `examples-1.json` and `endpoint-rule-set-1.json`, and Smithy's models. What it names is there for everybody.
 */
const MODEL =
  /^\s*\{\s*(?:"version"\s*:\s*"[12]\.0"\s*,\s*)?(?:"metadata"\s*:\s*\{[^{}]*"(?:apiVersion|endpointPrefix|serviceId)"\s*:|"examples"\s*:\s*\{|"parameters"\s*:\s*\{\s*"\w+"\s*:\s*\{\s*"(?:builtIn|required)"\s*:|"smithy"\s*:)/;

function isServiceModel(path: BytePath): boolean {
  if (!/\.json(?:\.gz)?$/.test(path)) return false;
  let file: number | undefined;
  try {
    file = openSync(toSystem(path), 'r');
    const head = Buffer.alloc(HEAD_BYTES);
    const read = head.subarray(0, readSync(file, head, 0, HEAD_BYTES, 0));
    return MODEL.test(textOf(read));
  } catch {
    return false;
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

function textOf(head: Buffer): string {
  // The end of what was cut off is missing, and not needed.
  const isPacked = head[0] === 0x1f && head[1] === 0x8b;
  return (isPacked ? gunzipSync(head, { finishFlush: 2 }) : head).toString('latin1');
}
