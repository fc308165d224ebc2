import { readDnsName } from '../across/resolvers.ts';
import { readProbe, type Probe } from '../across/probe.ts';
import { textOf, type YamlTree } from '../across/yaml-tree.ts';
import { readSpan } from '../console/options.ts';
import { mapOf, matching, textsOf, wrong } from './runbook-entries.ts';

/** The new side at work on a copy of production's data, before anybody is led there. */
export interface Rehearsal {
  /** The database instance whose snapshot `sync` copies. */
  readonly database: string;
  /** What the restored copy is called. */
  readonly name: string;
  /** What it is restored with; RDS's own defaults without. */
  readonly class: string | undefined;
  readonly subnets: string | undefined;
  readonly groups: readonly string[];
  /** The test instance, managed by Systems Manager. */
  readonly instance: string;
  /** The names by which the service there knows its database. */
  readonly hosts: readonly string[];
  /** How long the test instance is led there at most, should nobody take it back. */
  readonly forMs: number;
  readonly smoke: readonly Probe[];
}

const KEYS = ['database', 'name', 'class', 'subnets', 'groups', 'instance', 'hosts', 'for', 'smoke'];
/** RDS: at most 63, letters, digits and single hyphens, a letter first. */
const INSTANCE_NAME = /^(?=.{1,63}$)[A-Za-z](?:-?[A-Za-z0-9])*$/;

/** @throws LandfallError `LF_USAGE`. */
export function readRehearsal(
  tree: YamlTree | undefined,
  service: string,
  file: string,
): Rehearsal | undefined {
  if (tree === undefined) return undefined;
  const entries = mapOf(tree, KEYS, file, 'rehearsal.');
  const database = matching(entries.get('database'), INSTANCE_NAME, file, 'rehearsal.database');
  const usual = `${service
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .slice(0, 50)}-rehearsal`;
  const given = textOf(entries.get('name')) || (/^[a-z]/.test(usual) ? usual : `r-${usual}`);
  const name = given.replaceAll(/-{2,}/g, '-');
  if (!INSTANCE_NAME.test(name)) throw wrong(file, `rehearsal.name cannot be ${name}`);
  if (name === database) throw wrong(file, `rehearsal.name is ${name}, which is the database itself`);
  const optional = (key: string): string | undefined =>
    entries.has(key)
      ? matching(entries.get(key), /^[A-Za-z0-9][A-Za-z0-9._-]{0,254}$/, file, `rehearsal.${key}`)
      : undefined;
  const hosts = textsOf(entries.get('hosts'), file, 'rehearsal.hosts').map((host) =>
    readDnsName(`${file}: rehearsal.hosts`, host),
  );
  if (hosts.length === 0) throw wrong(file, 'rehearsal.hosts is missing');
  const smoke = textsOf(entries.get('smoke'), file, 'rehearsal.smoke');
  if (smoke.length === 0) throw wrong(file, 'rehearsal.smoke is missing: nothing would be rehearsed');
  return {
    database,
    name: name.toLowerCase(),
    class: optional('class'),
    subnets: optional('subnets'),
    groups: textsOf(entries.get('groups'), file, 'rehearsal.groups'),
    instance: matching(entries.get('instance'), /^i-[0-9a-f]{8,17}$/, file, 'rehearsal.instance'),
    hosts,
    forMs: readSpan(`${file}: rehearsal.for`, textOf(entries.get('for')) || '2h', '2h', 60_000),
    smoke: smoke.map((probe) => readProbe(probe, `${file}: rehearsal.smoke`)),
  };
}
