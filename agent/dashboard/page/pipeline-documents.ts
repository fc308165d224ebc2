/** `pipelines` of the status, as far as the page reads it. */

export interface Amount {
  readonly events: number;
  readonly bytes: number;
}

export interface Ledger {
  readonly read: Amount;
  readonly acknowledged: Amount;
  readonly filtered: Amount;
  readonly rejected: Readonly<Record<string, Amount>>;
  readonly quarantined: Amount;
  readonly lost: Readonly<Record<string, Amount>>;
  readonly inFlight: Amount;
}

export interface LogEntry {
  readonly entry: string;
  readonly kind: string;
  readonly ledger: Ledger;
  readonly troubles?: readonly string[];
  readonly sources: readonly {
    readonly source: string;
    readonly group: string;
    readonly stream: string;
    readonly lagMs: number | null;
  }[];
}

export interface Logs {
  readonly heldBytes: number;
  readonly checkpoints: string;
  readonly entries: readonly LogEntry[];
  readonly waiting: readonly { readonly entry: string; readonly needs: string }[];
  readonly streams: readonly {
    readonly group: string;
    readonly stream: string;
    readonly trouble: { readonly kind: string; readonly code: string; readonly since: string } | null;
  }[];
}

export interface Metrics {
  readonly namespace: string;
  readonly interval: string;
  readonly waitingFor: string | null;
  readonly sampledAt: string | null;
  readonly series: number;
  readonly cost: { readonly dollarsPerMonth: number };
  readonly taken: number;
  readonly sent: number;
  readonly requests: number;
  readonly failedRequests: number;
  readonly failing: string | null;
  readonly queue: { readonly memory: number; readonly disk: number };
  readonly dropped: Readonly<Record<string, number>>;
  readonly statsd: {
    readonly port: number | null;
    readonly samples: number;
    readonly malformed: number;
  } | null;
}
