import { meantRegion, regionFacts } from '#config-service';
import { readProbe, type Probe } from '../across/probe.ts';
import { readYamlTree, textOf, type YamlTree } from '../across/yaml-tree.ts';
import { readReleaseAddress } from '../site/release-address.ts';
import { readMaintenance, type Maintenance } from './maintenance.ts';
import { readNotice, type Notice } from './notice.ts';
import { readRehearsal, type Rehearsal } from './rehearsal.ts';
import { mapOf, matching, textsOf, wrong } from './runbook-entries.ts';
import { readRunbookName, type RunbookName } from './runbook-name.ts';

/** The move of one service from one region to another, as it is written down. */
export interface Runbook {
  readonly service: string;
  readonly from: string;
  readonly to: string;
  readonly dns: RunbookName;
  /** Where releases lie, with `{region}`; undefined: the configuration is none of this runbook. */
  readonly release: { readonly at: string; readonly owner: string | undefined } | undefined;
  /** A configuration of `landfall-ops sync`, as a path. */
  readonly sync: string | undefined;
  /** Images that `sync` copied must carry the digest of a clean scan. */
  readonly scanned: boolean;
  /** Names in Parameter Store, in the region that is moved to. */
  readonly parameters: readonly string[];
  /** Ids, ARNs or aliases of KMS, there. */
  readonly keys: readonly string[];
  /** Asked before the switch and after it. */
  readonly smoke: readonly Probe[];
  readonly rehearsal: Rehearsal | undefined;
  readonly notice: Notice | undefined;
  readonly maintenance: Maintenance | undefined;
}

const KEYS = [
  'service',
  'from',
  'to',
  'dns',
  'release',
  'sync',
  'scanned',
  'parameters',
  'keys',
  'smoke',
  'rehearsal',
  'notice',
  'maintenance',
];

/** Strict: what nobody knows is a slip, and a step that was meant would not be made. @throws LandfallError `LF_USAGE`. */
export function readRunbook(text: string, file: string): Runbook {
  const read = readYamlTree(text);
  if ('cause' in read) throw wrong(file, `it is no YAML: ${read.cause}`);
  const top = mapOf(read.tree, KEYS, file, '');
  const [from, to] = [regionIn(top, 'from', file), regionIn(top, 'to', file)];
  if (from === to) throw wrong(file, `from and to are the same region, ${from}`);
  const service = matching(top.get('service'), /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, file, 'service');
  return {
    service,
    from,
    to,
    dns: readRunbookName(top.get('dns'), file),
    release: releaseOf(top.get('release'), [from, to], file),
    sync: textOf(top.get('sync')) || undefined,
    scanned: /^(?:true|yes|on)$/i.test(textOf(top.get('scanned'))),
    parameters: textsOf(top.get('parameters'), file, 'parameters'),
    keys: textsOf(top.get('keys'), file, 'keys'),
    smoke: textsOf(top.get('smoke'), file, 'smoke').map((probe) => readProbe(probe, `${file}: smoke`)),
    rehearsal: readRehearsal(top.get('rehearsal'), service, file),
    notice: readNotice(top.get('notice'), service, file),
    maintenance: readMaintenance(top.get('maintenance'), file),
  };
}

function releaseOf(tree: YamlTree | undefined, regions: readonly string[], file: string): Runbook['release'] {
  if (tree === undefined) return undefined;
  const entries = mapOf(tree, ['at', 'owner'], file, 'release.');
  const at = textOf(entries.get('at'));
  const owner = textOf(entries.get('owner')) || undefined;
  if (!at.includes('{region}'))
    throw wrong(file, 'release.at has no {region}: it would be one bucket for both');
  for (const region of regions) readReleaseAddress(at, region, owner);
  return { at, owner };
}

function regionIn(top: ReadonlyMap<string, YamlTree>, key: string, file: string): string {
  const region = textOf(top.get(key));
  const meant = meantRegion(region);
  if (meant !== undefined) throw wrong(file, `${key} is ${region}, which is no AWS region; ${meant} is one`);
  if (regionFacts(region)) return region;
  throw wrong(file, region === '' ? `${key} is missing` : `${key} is ${region}, which is no AWS region`);
}
