import type { PlanPolicy, RequiredKey } from '#config-service';
import type { JsonObject } from './json.ts';
import type { PlanMap } from './plan-node.ts';

/** The plans of all layers as one: what the agent does with a generation (docs/plan.md). Times are milliseconds. */
export interface Plan {
  /** Keys that must have a value. */
  readonly require: readonly RequiredKey[];
  /** JSON Schemas over the effective properties, one per layer that names one; all must hold. */
  readonly schemas: readonly PlanAsset[];
  readonly allow: PlanPolicy['allow'];
  readonly strictness: PlanPolicy['strictness'];
  /** In the order they run. */
  readonly scripts: readonly ScriptEntry[];
  /** Sorted by name, like all that follow. */
  readonly templates: readonly TemplateEntry[];
  readonly files: readonly FileEntry[];
  readonly environmentFiles: readonly EnvironmentFileEntry[];
  /** Lines in the file of host names. */
  readonly hosts: readonly HostEntry[];
  readonly services: readonly ServiceEntry[];
  readonly hooks: Readonly<Record<HookEvent, readonly HookEntry[]>>;
  /** Documents of AWS::CloudFormation::Init, weakest layer first; each is run. */
  readonly init: readonly InitEntry[];
  /** By the name of a bucket, the account that must own it; of others the setting `bucketOwner` says it. */
  readonly bucketOwners: ReadonlyMap<string, string>;
  readonly claims: ClaimsSection;
  readonly logs: readonly LogEntry[];
  readonly metrics: MetricsSection | undefined;
  readonly signals: SignalsSection;
  /** Undefined where no layer has it. */
  readonly leaks: LeaksSection | undefined;
  /** Undefined: off. */
  readonly peers: PeersSection | undefined;
}

/** Who else is online, and what of this instance others may see. */
export interface PeersSection {
  /** Role of the peers to look for; undefined means the role of this instance. */
  readonly role: string | undefined;
  readonly environment: string | undefined;
  /** Names of this instance's tags that others are told. */
  readonly tags: readonly string[];
  /** Tags, with their values, that a peer must have. */
  readonly where: Readonly<Record<string, string>>;
  readonly everyMs: number;
}

/** What becomes of sockets that lead to another region. */
export interface LeaksSection {
  readonly mode: 'warn' | 'refuse' | 'off';
  readonly allow: readonly LeakAllowance[];
}

/** "This may talk to that region": texts in which `*` stands for any text; what is left out is any. */
export interface LeakAllowance {
  readonly region: string;
  readonly reason: string;
  readonly process?: string | undefined;
  readonly unit?: string | undefined;
  /** As ip-ranges.json calls it. */
  readonly service?: string | undefined;
  /** An address or a network, no pattern. */
  readonly address?: string | undefined;
}

/** Something a plan names beside itself: a file of the very layer whose plan says so. */
export interface PlanAsset {
  readonly layer: string;
  /** Relative to the layer's folder, such as `scripts/base.sh`; checked: no `..`, not absolute. */
  readonly path: string;
}

/** Where an entry was written, for errors. */
export interface PlanPlace {
  /** `layer/plan.yaml`. */
  readonly file: string;
  readonly line?: number;
}

interface Named {
  readonly name: string;
  readonly place: PlanPlace;
}

/** One shell line, run by `/bin/sh -c`. */
export type CommandLine = string;

export interface ScriptEntry extends Named {
  /** The layer whose place in the order this script has: the weakest that names it. */
  readonly layer: string;
  readonly run: PlanAsset;
  readonly timeoutMs: number;
  /** `once`: once per instance and content; `fleet`: once for all instances of the source and environment, and content. */
  readonly when: 'once' | 'always' | 'fleet';
  readonly continueOnError: boolean;
  readonly user: string | undefined;
  readonly environment: Readonly<Record<string, string>>;
  readonly owns: readonly string[];
}

/** What templates, files and environment files have in common: something at `target`, kept as the source says. */
export interface TargetEntry extends Named {
  /** Absolute; `..` and links of others are refused when it is written. */
  readonly target: string;
  /** Octal permission bits; undefined: those of the file that is there, else 0644 (environment files 0640). */
  readonly mode: number | undefined;
  readonly owner: string | undefined;
  readonly group: string | undefined;
  /** `{path}` stands for the staged file. */
  readonly check: CommandLine | undefined;
  readonly reload: CommandLine | undefined;
  readonly timeoutMs: number;
  /** True: this entry's failure leaves the others alone, and does not refuse the generation. */
  readonly independent: boolean;
}

export interface TemplateEntry extends TargetEntry {
  readonly source: PlanAsset;
  /** How `{{ key }}` is escaped; from `format:`, else from the name of the target, else `text`. */
  readonly format: 'text' | 'json' | 'yaml' | 'env' | 'properties' | 'shell';
}

export interface FileEntry extends TargetEntry {
  /** A file of the layer, copied byte for byte, or inline text. */
  readonly source: PlanAsset | undefined;
  readonly content: string | undefined;
}

/** `KEY=value` lines for systemd's EnvironmentFile=. */
export interface EnvironmentFileEntry extends TargetEntry {
  /** Only keys that start so; the prefix is cut off. Empty: all. */
  readonly prefix: string;
}

/** A line in /etc/hosts; it is called by its first name. */
export interface HostEntry extends Named {
  readonly address: string;
  readonly aliases: readonly string[];
  /** Epoch ms at which the line goes; undefined: with the entry. */
  readonly until: number | undefined;
}

export interface ServiceEntry extends Named {
  readonly enabled: boolean | undefined;
  readonly running: boolean | undefined;
  /** Absolute paths, or `templates.NAME`, `files.NAME`, `environmentFiles.NAME`: a change restarts the service. */
  readonly restartOn: readonly string[];
  readonly reloadOn: readonly string[];
}

export const HOOK_EVENTS = [
  'setup',
  'once',
  'configure',
  'deploy',
  'undeploy',
  'notice',
  'shutdown',
] as const;
export type HookEvent = (typeof HOOK_EVENTS)[number];

export interface HookEntry extends Named {
  readonly layer: string;
  /** One of both: a shell line, or a script of the layer. */
  readonly command: CommandLine | undefined;
  readonly run: PlanAsset | undefined;
  readonly timeoutMs: number;
  readonly continueOnError: boolean;
  readonly user: string | undefined;
  readonly owns: readonly string[];
}

export interface InitEntry extends Named {
  /** A file of the layer, a folder of `.config` files, or for `packages` the plan itself. */
  readonly document: PlanAsset;
  /** The files of a folder, in the order of their names. */
  readonly extensions?: readonly PlanAsset[];
  /** The section `packages` of the plan, as a config has it; then there is no document. */
  readonly packages?: JsonObject;
  /** Names of configSets; `default` when left out. */
  readonly configSets: readonly string[];
  /** Absolute paths of files that keep setuid, setgid and their owner when an archive of the document brings them. */
  readonly setuid?: readonly string[];
  /** Files and folders that its commands put on the host: absolute paths. The fence removes them in another region. */
  readonly owns: readonly string[];
}

export interface ClaimsSection {
  readonly address: AddressClaim | undefined;
  readonly volumes: readonly VolumeClaim[];
}

/** `name=value` of a tag. */
export interface ClaimTag {
  readonly name: string;
  readonly value: string;
}

export interface AddressClaim extends Named {
  readonly tag: ClaimTag;
  /** Let go of it at shutdown. */
  readonly release: boolean;
  readonly timeoutMs: number;
}

export interface VolumeClaim extends Named {
  readonly tag: ClaimTag;
  /** Absolute path to mount at. */
  readonly mount: string;
  /** Device name to ask for, such as /dev/sdf; undefined: the first free one of sdf to sdp. */
  readonly device: string | undefined;
  /** Made only on an empty volume, and only when set. */
  readonly makeFilesystem: 'ext4' | 'xfs' | undefined;
  readonly options: string | undefined;
  readonly timeoutMs: number;
}

/** As the layers together say it, each setting with its place: what logs and metrics make of it is their affair. */
export interface LogEntry {
  readonly name: string;
  readonly settings: PlanMap;
}

export interface MetricsSection {
  readonly settings: PlanMap;
}

/** Whom to tell how the launch went. */
export interface SignalsSection {
  /** Name of the launch lifecycle hook to complete with CONTINUE or ABANDON; undefined: none. */
  readonly launchHook: string | undefined;
  /** Name of the termination lifecycle hook to complete after the shutdown hooks. */
  readonly terminationHook: string | undefined;
  readonly cloudFormation: { readonly stack: string; readonly resource: string } | undefined;
}
