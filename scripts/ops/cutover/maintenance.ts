import { textOf, type YamlTree } from '../across/yaml-tree.ts';
import { readSpan } from '../console/options.ts';
import { mapOf, matching, wrong } from './runbook-entries.ts';

/** A value that the fleet of the old side has while data are copied for the last time: `landfall set` on each instance. */
export interface Maintenance {
  readonly tag: string;
  readonly tagValue: string;
  readonly key: string;
  readonly value: string;
  /** It ends by itself after that, should nobody be there to take it away. */
  readonly forText: string;
  readonly forMs: number;
}

const KEYS = ['on', 'key', 'value', 'for'];
/** What `landfall set` takes. */
const LONGEST_MS = 30 * 86_400_000;

/** @throws LandfallError `LF_USAGE`. */
export function readMaintenance(tree: YamlTree | undefined, file: string): Maintenance | undefined {
  if (tree === undefined) return undefined;
  const entries = mapOf(tree, KEYS, file, 'maintenance.');
  const on = matching(entries.get('on'), /^tag:[^=\p{Cc}]{1,128}=[^\p{Cc}]{1,256}$/u, file, 'maintenance.on');
  const forText = textOf(entries.get('for')) || '2h';
  const forMs = readSpan(`${file}: maintenance.for`, forText, '2h', 60_000);
  if (forMs > LONGEST_MS) throw wrong(file, `maintenance.for is ${forText}, and 30d is the most`);
  const [, tag = '', tagValue = ''] = /^tag:([^=]+)=(.+)$/.exec(on) ?? [];
  return {
    tag,
    tagValue,
    key: matching(entries.get('key'), /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,254}$/, file, 'maintenance.key'),
    value: matching(entries.get('value'), /^[^\p{Cc}]{1,1024}$/u, file, 'maintenance.value'),
    forText: `${Math.ceil(forMs / 1000)}s`,
    forMs,
  };
}

export function maintenanceText({ tag, tagValue, key, value }: Maintenance): string {
  return `${key}=${value} on tag:${tag}=${tagValue}`;
}
