import { createHash } from 'node:crypto';
import type { Clock } from '#kit/clock.ts';
import { ok, type Outcome } from '#kit/outcome.ts';
import type {
  Generation,
  GenerationDiff,
  GenerationSummary,
  LayerReport,
} from '../../config-service/generation.ts';
import type { Effective, Property } from '../../config-service/layers/effective.ts';
import type { Facts } from '../../config-service/layers/facts.ts';
import type {
  ApiBackend,
  Document,
  ExpositionFormat,
  Freshness,
  OverrideRequest,
  Readiness,
} from '../../config-service/server/backend/api-backend.ts';
import { EventLog } from '../../config-service/server/backend/event-log.ts';

/** A property as a test writes it: its value alone, or with as much of its story as matters. */
export type FakeProperty = string | (Partial<Property> & { readonly value: string });

export const FAKE_FACTS: Facts = {
  partition: 'aws',
  dnsSuffix: 'amazonaws.com',
  account: '123456789012',
  region: 'eu-west-1',
  zone: 'eu-west-1a',
  instanceId: 'i-0123456789abcdef0',
  imageId: 'ami-0123456789abcdef0',
  instanceType: 't3.micro',
  role: 'web',
  environment: undefined,
  tags: new Map([['role', 'web']]),
};

/** A backend whose every answer the test decides. `activate` gives it a generation, as the daemon would. */
export class FakeBackend implements ApiBackend {
  readonly events: EventLog;
  readonly secrets = new Set<string>();
  readonly changes = new Map<string, number>();
  readonly overrides: OverrideRequest[] = [];
  readonly removed: string[] = [];
  reasons: Readiness['reasons'] = [{ code: 'LF_SOURCE_UNREACHABLE', message: 'S3 does not answer' }];
  checked: Freshness = { checkedAt: undefined, stale: true };
  layerReports: readonly LayerReport[] = [];
  summaries: readonly GenerationSummary[] = [];
  readonly diffs = new Map<number, GenerationDiff>();
  refreshed: () => Promise<Outcome<Document>> = async () => ok({ outcome: 'unchanged' });
  readonly #clock: Clock;
  readonly #waiters = new Set<() => void>();
  #current: Generation | undefined;
  #revision = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.events = new EventLog(clock);
  }

  activate(properties: Readonly<Record<string, FakeProperty>>, more: Partial<Generation> = {}): Generation {
    const effective = effectiveOf(properties);
    const generation: Generation = {
      number: (this.#current?.number ?? 0) + 1,
      release: null,
      digest: digestOf(effective),
      facts: FAKE_FACTS,
      effective,
      layers: this.layerReports,
      activatedAt: this.#clock.now(),
      ...more,
    };
    this.#current = generation;
    this.#revision = Math.max(this.#revision + 1, generation.activatedAt);
    this.checked = { checkedAt: this.#clock.now(), stale: false };
    for (const wake of this.#waiters) wake();
    return generation;
  }

  /** How many `changed` calls are under way. */
  get waiting(): number {
    return this.#waiters.size;
  }

  generation(): Generation | undefined {
    return this.#current;
  }

  readiness(): Readiness {
    return this.#current ? { ready: true, reasons: [] } : { ready: false, reasons: this.reasons };
  }

  freshness(): Freshness {
    return this.checked;
  }

  identity(): Document {
    return { region: FAKE_FACTS.region, instanceId: FAKE_FACTS.instanceId };
  }

  /** More of the status. */
  report: Document = {};

  status(): Document {
    return { generation: this.#current?.number ?? null, ...this.report };
  }

  layers(): readonly LayerReport[] {
    return this.layerReports;
  }

  generations(): readonly GenerationSummary[] {
    return this.summaries;
  }

  diff(number: number): GenerationDiff | undefined {
    return this.diffs.get(number);
  }

  isSecret(key: string): boolean {
    return this.secrets.has(key);
  }

  revision(): number {
    return this.#revision;
  }

  since(key: string): number | undefined {
    return this.changes.get(key);
  }

  metrics(_format: ExpositionFormat): string {
    return '# EOF\n';
  }

  refresh(): Promise<Outcome<Document>> {
    return this.refreshed();
  }

  async setOverride(request: OverrideRequest): Promise<Outcome<Document>> {
    this.overrides.push(request);
    return ok({ key: request.key });
  }

  async unsetOverride(key: string): Promise<Outcome<Document>> {
    this.removed.push(key);
    return ok({ key });
  }

  changed(digest: string, signal: AbortSignal): Promise<boolean> {
    return new Promise((resolve) => {
      const settle = (): void => {
        const differs = this.#current?.digest !== digest;
        if (!differs && !signal.aborted) return;
        this.#waiters.delete(settle);
        signal.removeEventListener('abort', settle);
        resolve(differs);
      };
      this.#waiters.add(settle);
      signal.addEventListener('abort', settle);
      settle();
    });
  }
}

function effectiveOf(properties: Readonly<Record<string, FakeProperty>>): Effective {
  const effective = new Map<string, Property>();
  for (const key of Object.keys(properties).toSorted()) {
    const given = properties[key];
    if (given === undefined) continue;
    const story = typeof given === 'string' ? { value: given } : given;
    effective.set(key, {
      key,
      raw: story.value,
      winner: {
        layer: 'base',
        file: 'app.properties',
        line: 1,
        object: 's3://config-eu-west-1/payroll/base/app.properties',
      },
      shadowed: [],
      references: [],
      ...story,
    });
  }
  return effective;
}

function digestOf(effective: Effective): string {
  const hash = createHash('sha256');
  for (const { key, value } of effective.values()) hash.update(JSON.stringify([key, value]));
  return hash.digest('hex');
}
