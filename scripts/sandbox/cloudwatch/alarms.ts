import { element, textElement } from '../wire/xml.ts';

/** An alarm as it was asked for: the fields of PutMetricAlarm or PutCompositeAlarm, all leaves strings. */
export interface SandboxAlarm {
  readonly kind: 'metric' | 'composite';
  readonly name: string;
  readonly region: string;
  readonly fields: Asked;
  readonly tags: ReadonlyMap<string, string>;
  /** `OK`, `ALARM`, `INSUFFICIENT_DATA`. */
  readonly state: string;
  readonly reason: string;
}

type Asked = Readonly<Record<string, unknown>>;

type AlarmReply =
  | { readonly kind: 'ok'; readonly result: string }
  | { readonly kind: 'error'; readonly code: string; readonly message: string; readonly status: number };

type AlarmOperation = (asked: Asked, region: string) => AlarmReply;

/** Alarms that nothing evaluates: they are in the state that somebody set. */
export class AlarmShelf {
  readonly #account: string;
  readonly #alarms = new Map<string, SandboxAlarm>();

  constructor(account: string) {
    this.#account = account;
  }

  /** By name. */
  get all(): readonly SandboxAlarm[] {
    return [...this.#alarms.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1));
  }

  readonly operations: ReadonlyMap<string, AlarmOperation> = new Map([
    ['PutMetricAlarm', (asked, region) => this.#put('metric', asked, region)],
    ['PutCompositeAlarm', (asked, region) => this.#put('composite', asked, region)],
    ['DescribeAlarms', (asked, region) => this.#describe(asked, region)],
    ['ListTagsForResource', (asked, region) => this.#tags(asked, region)],
    ['SetAlarmState', (asked, region) => this.#setState(asked, region)],
    ['DeleteAlarms', (asked, region) => this.#delete(asked, region)],
  ]);

  #put(kind: SandboxAlarm['kind'], asked: Asked, region: string): AlarmReply {
    const name = textOf(asked['AlarmName']);
    if (name === '' || name.length > 255) return invalid('The value for AlarmName is invalid.');
    const problem =
      kind === 'metric' ? metricProblem(asked) : this.#ruleProblem(textOf(asked['AlarmRule']), region);
    if (problem !== undefined) return invalid(problem);
    const key = `${region}/${name}`;
    const before = this.#alarms.get(key);
    if (before !== undefined && before.kind !== kind) return invalid(`${name} is an alarm of another type.`);
    const { Tags, ...fields } = asked;
    // "If you are using this operation to update an existing alarm, any tags you specify in this parameter are ignored."
    const tags =
      before?.tags ?? new Map(listOf(Tags).map((tag) => [textOf(tag['Key']), textOf(tag['Value'])]));
    const { state, reason } = before ?? {
      state: 'INSUFFICIENT_DATA',
      reason: 'Unchecked: Initial alarm creation',
    };
    this.#alarms.set(key, { kind, name, region, fields, tags, state, reason });
    return { kind: 'ok', result: '' };
  }

  /** "The alarms that it names have to be there." */
  #ruleProblem(rule: string, region: string): string | undefined {
    const named = [...rule.matchAll(/ALARM\("([^"]+)"\)/g)].map(([, name = '']) => name);
    if (named.length === 0) return 'AlarmRule must be a valid expression.';
    const missing = named.find((name) => !this.#alarms.has(`${region}/${name}`));
    return missing === undefined ? undefined : `Could not find alarm ${missing}.`;
  }

  #describe(asked: Asked, region: string): AlarmReply {
    const types = stringsOf(asked['AlarmTypes']);
    const names = stringsOf(asked['AlarmNames']);
    const prefix = textOf(asked['AlarmNamePrefix']);
    const found = this.all
      .filter((alarm) => alarm.region === region && alarm.name.startsWith(prefix))
      .filter(({ name }) => names.length === 0 || names.includes(name))
      // "If you omit this parameter, only metric alarms are returned, even if composite alarms exist in the account."
      .filter(({ kind }) => (types.length === 0 ? kind === 'metric' : types.includes(TYPES[kind])));
    const from = Number(textOf(asked['NextToken']) || '0');
    const most = Number(textOf(asked['MaxRecords']) || '50');
    const page = found.slice(from, from + most);
    const list = (kind: SandboxAlarm['kind']): string =>
      page
        .filter((alarm) => alarm.kind === kind)
        .map((alarm) => element('member', this.#described(alarm)))
        .join('');
    const more = from + most < found.length ? [textElement('NextToken', String(from + most))] : [];
    const lists = [element('CompositeAlarms', list('composite')), element('MetricAlarms', list('metric'))];
    return { kind: 'ok', result: [...lists, ...more].join('') };
  }

  #described({ name, region, fields, state, reason }: SandboxAlarm): string {
    const { Action: _, Version: __, ...shown } = fields;
    return [
      textElement('AlarmArn', this.#arnOf(name, region)),
      ...Object.entries(shown).map(([field, value]) => element(field, contentOf(value))),
      textElement('StateValue', state),
      textElement('StateReason', reason),
    ].join('');
  }

  #tags(asked: Asked, region: string): AlarmReply {
    const alarm = this.all.find(
      (one) => one.region === region && this.#arnOf(one.name, region) === asked['ResourceARN'],
    );
    if (!alarm) return { kind: 'error', code: 'ResourceNotFoundException', message: 'Unknown', status: 404 };
    const tags = [...alarm.tags].map(([key, value]) =>
      element('member', textElement('Key', key), textElement('Value', value)),
    );
    return { kind: 'ok', result: element('Tags', ...tags) };
  }

  #setState(asked: Asked, region: string): AlarmReply {
    const key = `${region}/${textOf(asked['AlarmName'])}`;
    const alarm = this.#alarms.get(key);
    if (!alarm) return { kind: 'error', code: 'ResourceNotFound', message: 'Alarm not found', status: 404 };
    const [state, reason] = [textOf(asked['StateValue']), textOf(asked['StateReason'])];
    if (!['OK', 'ALARM', 'INSUFFICIENT_DATA'].includes(state) || reason === '')
      return invalid('StateValue and StateReason are needed.');
    this.#alarms.set(key, { ...alarm, state, reason });
    return { kind: 'ok', result: '' };
  }

  #delete(asked: Asked, region: string): AlarmReply {
    const keys = stringsOf(asked['AlarmNames']).map((name) => `${region}/${name}`);
    if (keys.some((key) => !this.#alarms.has(key)))
      return { kind: 'error', code: 'ResourceNotFound', message: 'Alarm not found', status: 404 };
    const named = this.all.filter(
      ({ kind, name }) => kind === 'composite' && !keys.includes(`${region}/${name}`),
    );
    const needed = stringsOf(asked['AlarmNames']).filter((name) =>
      named.some((one) => one.region === region && textOf(one.fields['AlarmRule']).includes(`("${name}")`)),
    );
    if (needed.length > 0)
      return invalid(`Cannot delete ${needed.join(',')} as there are composite alarm(s) depending on it.`);
    for (const key of keys) this.#alarms.delete(key);
    return { kind: 'ok', result: '' };
  }

  #arnOf(name: string, region: string): string {
    return `arn:aws:cloudwatch:${region}:${this.#account}:alarm:${name}`;
  }
}

const TYPES = { metric: 'MetricAlarm', composite: 'CompositeAlarm' } as const;

function metricProblem(asked: Asked): string | undefined {
  const hasMetric = textOf(asked['MetricName']) !== '';
  if (!hasMetric && listOf(asked['Metrics']).length === 0)
    return 'Exactly one of MetricName and Metrics is needed.';
  for (const field of ['ComparisonOperator', 'EvaluationPeriods', 'Threshold'])
    if (textOf(asked[field]) === '') return `The parameter ${field} is required.`;
  return undefined;
}

function contentOf(value: unknown): string {
  if (Array.isArray(value)) return value.map((one) => element('member', contentOf(one))).join('');
  if (typeof value !== 'object' || value === null) return escaped(textOf(value));
  return Object.entries(value)
    .map(([name, one]) => element(name, contentOf(one)))
    .join('');
}

function escaped(text: string): string {
  return textElement('x', text).slice('<x>'.length, -'</x>'.length);
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function stringsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.map(textOf) : [];
}

function listOf(value: unknown): readonly Asked[] {
  return Array.isArray(value)
    ? value.filter((one): one is Asked => typeof one === 'object' && one !== null)
    : [];
}

function invalid(message: string): AlarmReply {
  return { kind: 'error', code: 'ValidationError', message, status: 400 };
}
