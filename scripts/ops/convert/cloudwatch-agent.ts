import { measurementNames } from '#agent/metrics/profiles/measurement-names.ts';
import { membersOf, plainOf, type PlanNode } from '#agent/plan/plan-node.ts';
import { convertCollectedLogs } from './cloudwatch-agent-logs.ts';
import type { Draft } from './draft.ts';
import { Fields } from './fields.ts';

/** amazon-cloudwatch-agent.json: its sections as plan.yaml has them, under the names of profile `cwagent`. */
export async function convertCloudWatchAgent(root: PlanNode, draft: Draft): Promise<void> {
  const file = new Fields(root, '', draft);
  const agent = file.map('agent');
  const interval = agent?.text('metrics_collection_interval');
  agent?.leave('region', 'the region is always that of the instance');
  agent?.leave('credentials', 'the role of the instance signs');
  agent?.leave('run_as_user', 'Landfall runs as its unit says; what it reads it must be able to read');
  agent?.leave('logfile', 'the log goes to the journal; `logs: { agent: true }` ships it');
  agent?.end('it is about the other agent itself');
  const metrics = file.map('metrics');
  if (metrics) convertMetrics(metrics, interval, draft);
  const logs = file.map('logs');
  if (logs) await convertLogs(logs, draft);
  file.leave('traces', 'traces are not taken; keep a collector for them');
  file.end();
}

/** Sections of `metrics_collected` by what `collect` calls them, and how their names begin. */
const FAMILIES: Readonly<Record<string, readonly [collection: string, prefix: string]>> = {
  cpu: ['cpu', 'cpu_'],
  mem: ['memory', 'mem_'],
  swap: ['swap', 'swap_'],
  disk: ['disk', 'disk_'],
  diskio: ['diskio', 'diskio_'],
  net: ['network', 'net_'],
  netstat: ['netstat', 'netstat_'],
  processes: ['processes', 'processes_'],
};

const DIMENSIONS: Readonly<Record<string, string | undefined>> = {
  AutoScalingGroupName: 'autoScalingGroup',
  ImageId: 'imageId',
  InstanceType: 'instanceType',
};

function convertMetrics(metrics: Fields, interval: string | undefined, draft: Draft): void {
  const plan = draft.section('metrics');
  plan['profile'] = 'cwagent';
  const namespace = metrics.text('namespace');
  if (namespace !== undefined && namespace !== 'CWAgent') plan['namespace'] = namespace;
  if (interval !== undefined && interval !== '60') plan['interval'] = `${interval}s`;
  convertDimensions(metrics, draft);
  const only: string[] = [];
  const collected = metrics.map('metrics_collected');
  for (const [name, node] of membersOf(collected?.node)) {
    const family = FAMILIES[name];
    if (family && collected) {
      collected.take(name);
      only.push(...measurementsOf(collected.below(node, name), family, draft));
    }
  }
  if (collected) {
    const statsd = collected.map('statsd');
    if (statsd) {
      plan['statsd'] = `127.0.0.1:${/:(\d+)$/.exec(statsd.text('service_address') ?? '')?.[1] ?? '8125'}`;
      statsd.end('statsd is told with the interval of the metrics');
    }
    const procstat = collected.take('procstat');
    if (procstat) only.push(...processesOf(collected.below(procstat, 'procstat'), procstat, draft));
    collected.end('this is not measured here');
  }
  plan['only'] = only;
  metrics.leave('force_flush_interval', 'what is measured goes out with each interval');
  metrics.leave('endpoint_override', 'metrics go to CloudWatch of the region of the instance');
  metrics.end();
}

function convertDimensions(metrics: Fields, draft: Draft): void {
  const plan = draft.section('metrics');
  const added = metrics.map('append_dimensions');
  const dimensions = membersOf(added?.node).flatMap(([name]) => {
    added?.take(name);
    if (name === 'InstanceId') return [];
    const ours = DIMENSIONS[name];
    if (ours !== undefined) return [ours];
    draft.leave(added?.at(name) ?? metrics.node, `append_dimensions.${name}`, 'is no dimension here');
    return [];
  });
  if (dimensions.length > 0) plan['dimensions'] = dimensions;
  if (!added) {
    draft.remark(
      'differs',
      metrics.node,
      'metrics',
      'series have InstanceId where the other agent had `host`, for want of append_dimensions',
    );
  }
  const sets = metrics.texts('aggregation_dimensions').map((node) => JSON.stringify(plainOf(node)));
  const rest = new Set(sets.filter((set) => set !== '["InstanceId"]'));
  if (rest.delete('["AutoScalingGroupName"]')) plan['autoScaling'] = true;
  const all = ['["InstanceType"]', '["ImageId"]', '[]'];
  if (all.every((set) => rest.has(set))) {
    plan['aggregated'] = true;
    for (const set of all) rest.delete(set);
  }
  for (const set of rest)
    draft.leave(
      metrics.at('aggregation_dimensions'),
      `aggregation_dimensions ${set}`,
      '`aggregated: true` has by type, by image and of all together; `autoScaling: true` by group',
    );
}

/** What `only` gets of one family. */
function measurementsOf(
  fields: Fields,
  [collection, prefix]: readonly [string, string],
  draft: Draft,
): readonly string[] {
  convertSelection(fields, collection, draft);
  const known = new Set([...measurementNames('cwagent').values()].flatMap((names) => [...names]));
  const named = fields.texts('measurement');
  fields.leave('metrics_collection_interval', 'all metrics have one interval');
  fields.leave('append_dimensions', 'a family has no dimensions of its own');
  fields.end();
  if (named.length === 0) return [`${prefix}*`];
  return named.flatMap((node) => {
    const text = nameOf(node);
    const full = text.startsWith(prefix) ? text : `${prefix}${text}`;
    for (const field of ['rename', 'unit']) {
      const set = node.kind === 'map' ? node.members.get(field) : undefined;
      if (set) draft.leave(set, `${full}.${field}`, 'names and units are those of the profile');
    }
    if (known.has(full)) return [full];
    draft.leave(node, full, 'this is not measured here');
    return [];
  });
}

function convertSelection(fields: Fields, collection: string, draft: Draft): void {
  const plan = draft.section('metrics');
  const resources = fields.texts('resources').map((node) => (node.kind === 'scalar' ? node.text : ''));
  const chosen = resources.includes('*') ? [] : resources.filter((one) => one !== '');
  if (collection === 'cpu') {
    if (resources.length > 0)
      draft.leave(
        fields.at('resources'),
        fields.path('resources'),
        'processors are told together, not one by one',
      );
    fields.take('totalcpu');
  } else if (collection === 'disk') {
    const mounts = chosen.length > 0 ? { mounts: chosen } : {};
    const device = fields.flag('drop_device') ? { device: false } : {};
    if (Object.keys({ ...mounts, ...device }).length > 0) plan['disk'] = { ...mounts, ...device };
    for (const type of fields.texts('ignore_file_system_types')) {
      if (
        type.kind === 'scalar' &&
        !/^(sysfs|devtmpfs|tmpfs|overlay|squashfs|proc|autofs|iso9660|cgroup2?)$/.test(type.text)
      )
        draft.leave(type, type.text, 'leave such disks out by `disk: { exclude: [PATH] }`');
    }
  } else if (chosen.length > 0 && collection === 'diskio') plan['diskio'] = { devices: chosen };
  else if (chosen.length > 0 && collection === 'network') plan['network'] = { interfaces: chosen };
}

function processesOf(fields: Fields, list: PlanNode, draft: Draft): readonly string[] {
  const plan = draft.section('metrics');
  const processes: Record<string, string> = {};
  const only = new Set<string>();
  const known = measurementNames('cwagent').get(undefined) ?? new Set();
  for (const [index, node] of (list.kind === 'list' ? list.items : []).entries()) {
    const one = fields.below(node, String(index));
    const exe = one.text('exe');
    const pattern = one.text('pattern') ?? (exe === undefined ? undefined : `^(\\S*/)?${exe}(\\s|$)`);
    if (pattern === undefined)
      draft.leave(node, `procstat.${index}`, 'a process is found by its command line only: exe or pattern');
    else
      processes[
        (exe ?? pattern).replaceAll(/[^\w.-]+/g, '-').replaceAll(/^-+|-+$/g, '') || `process-${index}`
      ] = pattern;
    for (const measured of one.texts('measurement')) {
      const full = `procstat_${nameOf(measured).replace(/^procstat_/, '')}`;
      const ours = full === 'procstat_pid_count' ? 'procstat_lookup_pid_count' : full;
      if (known.has(ours)) only.add(ours);
      else draft.leave(measured, full, 'this is not measured here');
    }
    one.leave('pid_file', 'a process is found by its command line only');
    one.end();
  }
  if (Object.keys(processes).length > 0) {
    plan['processes'] = processes;
    draft.remark('differs', list, 'procstat', 'series have the name as the dimension `pattern`');
  }
  return [...only];
}

function nameOf(node: PlanNode): string {
  const name = node.kind === 'map' ? node.members.get('name') : node;
  return name?.kind === 'scalar' ? name.text : '';
}

async function convertLogs(logs: Fields, draft: Draft): Promise<void> {
  const stream = logs.text('log_stream_name');
  logs.leave('force_flush_interval', 'lines leave when they are there');
  logs.leave('endpoint_override', 'logs go to CloudWatch Logs of the region of the instance');
  logs.leave('credentials', 'the role of the instance signs');
  const received = logs.map('metrics_collected');
  received?.leave(
    'emf',
    '`logs: { emf: { emf: true, group: NAME } }` takes them on the same port (docs/telemetry.md)',
  );
  received?.end('this is not collected here');
  const collected = logs.map('logs_collected');
  if (collected) await convertCollectedLogs(collected, stream, draft);
  logs.end();
}
