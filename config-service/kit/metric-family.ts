/** A metric family as `GET /metrics` shows it. A counter's name comes without `_total`. */
export interface Family {
  readonly name: string;
  readonly type: 'gauge' | 'counter' | 'info';
  readonly help: string;
  /** None: the family is not shown. */
  readonly samples: readonly Sample[];
}

export interface Sample {
  readonly labels?: Readonly<Record<string, string>>;
  readonly value: number;
}

/** @param value undefined while there is nothing to tell. */
export function gauge(name: string, help: string, value: number | undefined): Family {
  return { name, type: 'gauge', help, samples: value === undefined ? [] : [{ value }] };
}

export function counter(name: string, help: string, value: number): Family {
  return { name, type: 'counter', help, samples: [{ value }] };
}

/** One sample for each of `counts`, told apart by `label`. */
export function countersBy(
  label: string,
  name: string,
  help: string,
  counts: Iterable<readonly [string, number]>,
): Family {
  return { ...gaugesBy(label, name, help, counts), type: 'counter' };
}

/** Gauges with one label, for values that go up and down. */
export function gaugesBy(
  label: string,
  name: string,
  help: string,
  values: Iterable<readonly [string, number]>,
): Family {
  const samples = [...values].map(([key, value]) => ({ labels: { [label]: key }, value }));
  return { name, type: 'gauge', help, samples };
}
