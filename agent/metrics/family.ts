/** A metric family as the daemon prints it (agent/daemon/exposition.ts). A counter's name comes without `_total`. */
export interface Family {
  readonly name: string;
  readonly type: 'gauge' | 'counter' | 'info';
  readonly help: string;
  readonly samples: readonly {
    readonly labels?: Readonly<Record<string, string>>;
    readonly value: number;
  }[];
}
