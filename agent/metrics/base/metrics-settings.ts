import type { Template } from './namespace.ts';

export const COLLECTIONS = [
  'cpu',
  'memory',
  'swap',
  'disk',
  'diskio',
  'network',
  'netstat',
  'load',
  'processes',
  'files',
] as const;
export type Collection = (typeof COLLECTIONS)[number];

export const PROFILES = ['default', 'classic', 'cwagent'] as const;
export type Profile = (typeof PROFILES)[number];

/** What may stand beside InstanceId. */
export const MORE_DIMENSIONS = [
  'autoScalingGroup',
  'instanceType',
  'imageId',
  'role',
  'environment',
] as const;
export type MoreDimension = (typeof MORE_DIMENSIONS)[number];

/** `only` leaves out the series of the instance itself, as `--aggregated=only` of the monitoring scripts does. */
export type Grouping = boolean | 'only';

export const UNITS = ['bytes', 'kilobytes', 'megabytes', 'gigabytes'] as const;
export type SizeUnit = (typeof UNITS)[number];

/** `metrics:` of a plan, read and checked, with its defaults. */
export interface MetricsSettings {
  readonly namespace: Template;
  /** Milliseconds between two samples, 1 s to 1 h. */
  readonly intervalMs: number;
  readonly collect: ReadonlySet<Collection>;
  /** Globs over the names of what is collected; undefined: all of it. */
  readonly only: readonly string[] | undefined;
  /** Space of a mount by path and file system alone: names of NVMe devices change from boot to boot. */
  readonly dropDevice: boolean;
  readonly profile: Profile;
  readonly dimensions: readonly MoreDimension[];
  readonly aggregated: Grouping;
  readonly autoScaling: Grouping;
  /** Data points of their own second rather than of a minute. */
  readonly highResolution: boolean;
  readonly filters: HostFilters;
  /** RE2 patterns over the command line, by the name that becomes the dimension `Process`. */
  readonly processes: ReadonlyMap<string, string>;
  readonly statsd: StatsdSettings | undefined;
  /** Globs over the names of Landfall's own families; empty: none. */
  readonly own: readonly string[];
  readonly classic: ClassicUnits;
}

/** Which of the host's things are looked at; empty lists mean the defaults (host/selection.ts). */
export interface HostFilters {
  /** Mount points, exactly; also those of network file systems when they stand here. */
  readonly mounts: readonly string[];
  /** A path that is no mount point stands for the mount it lies on, as `--disk-path` of the monitoring scripts. */
  readonly holders: boolean;
  /** Globs over mount points. */
  readonly exclude: readonly string[];
  /** Globs over the names of block devices. */
  readonly devices: readonly string[];
  /** Globs over the names of network interfaces. */
  readonly interfaces: readonly string[];
}

export interface StatsdSettings {
  /** Loopback. */
  readonly host: string;
  readonly port: number;
  /** Tags that become dimensions; undefined: all of them. */
  readonly tags: readonly string[] | undefined;
  /** Distinct series in an hour; samples of more are dropped and counted. */
  readonly maxSeries: number;
}

export interface ClassicUnits {
  readonly memory: SizeUnit;
  readonly disk: SizeUnit;
  /** `--mem-used-incl-cache-buff` */
  readonly cacheIsUsed: boolean;
}
