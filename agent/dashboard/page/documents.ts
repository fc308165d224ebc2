/** Answers of the local API, as far as the page reads them (docs/api.md). */
import type { Logs, Metrics } from './pipeline-documents.ts';

export interface Failure {
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
  readonly problems?: readonly string[];
}

export interface Readiness {
  readonly ready: boolean;
  readonly reasons?: readonly { readonly code: string; readonly message: string }[];
}

export interface Identity {
  readonly region: string;
  readonly zone: string;
  readonly account: string;
  readonly instanceId: string;
  readonly imageId: string;
  readonly instanceType?: string;
  readonly architecture?: string;
  readonly privateIp?: string;
  readonly role: string | null;
  readonly environment: string | null;
  readonly tags: Readonly<Record<string, string>>;
}

export interface BootPhase {
  readonly name: string;
  readonly fromMs: number;
  readonly tookMs: number;
  readonly cpuMs: number | null;
}

export interface Boot {
  readonly readyMs: number | null;
  readonly cpuMs: number | null;
  readonly phases: readonly BootPhase[];
}

export interface Waiting {
  readonly name: string;
  readonly since: string;
  readonly for: string;
  readonly until: string | null;
}

export interface Place {
  readonly key: string;
  readonly region: string;
  readonly kind: string;
  readonly file?: string | null;
  readonly line?: number | null;
}

export interface Sighted {
  readonly setting: string;
  readonly count: number;
  readonly places: readonly Place[];
}

export interface FencedFile {
  readonly path: string | null;
  readonly kind: string;
  readonly reason: string;
  readonly action?: string;
}

export interface Fence {
  readonly state: string;
  readonly relocated: boolean;
  readonly at: string;
  readonly mode: string;
  readonly from: Origin | null;
  readonly landing?: { readonly from: string; readonly at: string } | null;
  readonly removed: readonly FencedFile[];
  readonly left: readonly FencedFile[];
  readonly awaited: readonly string[];
  readonly copies?: readonly string[];
  readonly unshared?: readonly string[];
  readonly namesLost?: boolean;
}

export interface Claims {
  readonly address: {
    readonly tag: string;
    readonly state: string;
    readonly publicIp: string | null;
    readonly allocationId: string | null;
    readonly confirmedAt: string | null;
    readonly failure: Failure | null;
  } | null;
  readonly volumes: readonly {
    readonly name: string;
    readonly tag: string;
    readonly mount: string;
    readonly state: string;
    readonly volumeId: string | null;
    readonly device: string | null;
    readonly failure: Failure | null;
  }[];
}

export interface Origin {
  readonly instanceId: string;
  readonly imageId: string;
  readonly account: string;
}

export interface Leak {
  readonly says: string;
  readonly region: string;
  readonly since: string;
  readonly for: string;
}

export interface Leaks {
  readonly state: string;
  readonly mode: string;
  readonly blind?: string | null;
  readonly lookedAt?: string | null;
  readonly sockets?: number | null;
  readonly names?: number | null;
  readonly excused?: number;
  readonly findings: readonly Leak[];
}

/** What the metadata service announces. */
export interface Notice {
  readonly source: string;
  readonly action: string;
  readonly at?: string;
  readonly id?: string;
  readonly state?: string;
}

export interface Rollout {
  readonly track: string | null;
  readonly stable: string | null;
  readonly candidate: {
    readonly release: string;
    readonly percent: number;
    readonly startedAt: string;
    readonly halted: { readonly at: string; readonly reason: string } | null;
  } | null;
  readonly refused: readonly { readonly release: string; readonly code: string; readonly at: string }[];
}

export interface Override {
  readonly key: string;
  readonly reason: string;
  readonly setAt: string;
  readonly expiresAt: string;
}

export interface Secret {
  readonly service: string;
  readonly name: string;
  readonly state: string;
  readonly version: string | null;
  readonly age: string | null;
  readonly failure: Failure | null;
}

export interface Store {
  readonly layer: string;
  readonly state: string;
  readonly age: string | null;
  readonly failure: Failure | null;
}

export interface Peers {
  readonly role: string | null;
  readonly environment: string | null;
  readonly state: string;
  readonly online: number | null;
  readonly members: readonly Member[];
  /** The latest first. */
  readonly gone: readonly (Member & { readonly at: string; readonly how: string })[];
  readonly announced: boolean;
  readonly failure: Failure | null;
}

export interface Member {
  readonly id: string;
  readonly zone: string;
  readonly address: string;
}

export interface Status {
  readonly version: string;
  readonly pid: number;
  readonly startedAt: string;
  readonly uptime: string;
  readonly ready: boolean;
  readonly identity: Omit<Identity, 'tags'> & { readonly warnings: readonly string[] };
  readonly generation: {
    readonly number: number;
    readonly release: string | null;
    readonly digest: string;
    readonly keys: number;
    readonly activatedAt: string;
    readonly age: string;
  } | null;
  readonly source: {
    readonly address: string;
    readonly layout: string;
    readonly interval: string;
    readonly checkedAt: string | null;
    readonly age: string | null;
    readonly nextCheckAt: string | null;
    readonly givesUpAt: string | null;
    readonly stale: boolean;
    readonly servedFrom: string | null;
    readonly unread: readonly { readonly file: string; readonly message: string }[];
    readonly failure: Failure | null;
  };
  readonly rollout?: Rollout;
  readonly trust: {
    readonly identityProvenBy: string | null;
    readonly keys: number;
    readonly sequence: number | null;
  };
  readonly detours: readonly {
    readonly variable: string;
    readonly address: string;
    readonly plain: boolean;
  }[];
  readonly guard: {
    readonly mode: string;
    readonly findings: number;
    readonly foreign: readonly Place[];
    readonly unknown: Sighted;
    readonly hints: Sighted;
  };
  readonly leaks: Leaks;
  readonly peers?: Peers;
  readonly fence: Fence;
  /** Left out where no plan claims anything. */
  readonly claims?: Claims;
  readonly overrides: readonly Override[];
  readonly secrets: { readonly nextReadAt: string | null; readonly inUse: readonly Secret[] };
  readonly stores?: readonly Store[];
  readonly activity: readonly Waiting[];
  readonly waits: readonly Waiting[];
  readonly termination: readonly Notice[];
  readonly pipelines: {
    readonly logs?: Logs;
    readonly metrics?: Metrics;
    readonly refused?: Readonly<Record<string, { readonly code: string; readonly cause: string }>>;
  };
  readonly boot: Boot;
}

export interface Layer {
  readonly name: string;
  readonly state: 'present' | 'absent' | 'unknown';
  readonly reason?: string;
  readonly files: readonly { readonly path: string; readonly sha256: string; readonly keys: number }[];
  readonly keys: number;
  /** Keys whose values in effect are its own. */
  readonly effective: readonly string[];
}

export interface GenerationSummary {
  readonly generation: number;
  readonly release: string | null;
  readonly digest: string;
  readonly keys: number;
  readonly state: 'active' | 'previous' | 'refused';
  readonly refusal?: { readonly code: string; readonly message: string };
  readonly activatedAt: string;
}

export type Value = string | readonly unknown[];

export interface Config {
  readonly generation: number;
  readonly properties: Readonly<Record<string, Value>>;
}

interface Placed {
  readonly layer: string;
  readonly file: string;
  readonly line: number;
}

export interface Explanation {
  readonly key: string;
  readonly value: Value;
  readonly raw: string;
  readonly winner: Placed & { readonly object: string };
  readonly shadowed: readonly (Placed & { readonly raw: string })[];
  readonly references: readonly {
    readonly key: string;
    readonly value: string | null;
    readonly version?: string;
  }[];
  readonly generation: number;
  readonly since: string;
}

export interface ChangedValue {
  readonly key: string;
  readonly before: string;
  readonly after: string;
}

/** What changed from one generation to the next. */
export interface Diff {
  readonly generation: number;
  readonly added: readonly { readonly key: string; readonly value: string }[];
  readonly removed: readonly { readonly key: string; readonly value: string }[];
  readonly changed: readonly ChangedValue[];
}

/** Of the event `applied`. */
export interface AppliedChange {
  readonly entry?: string;
  readonly subject?: string;
  readonly action?: string;
  readonly reason?: string;
}

export interface AgentEvent {
  readonly id: number;
  readonly kind: string;
  readonly data: Readonly<Record<string, unknown>> & { readonly at: string };
}

/** Kinds of events that the API tells; a browser hands out those it was asked for by name. */
export const EVENT_KINDS = [
  'generation',
  'refused',
  'relocated',
  'source',
  'applied',
  'override',
  'leak',
  'termination',
] as const;
