import { isoTime } from '#kit/iso-time.ts';
import { turnAt, type Chosen } from '#config-service';
import type { Clock } from '#kit/clock.ts';
import { formatDuration } from '#kit/duration.ts';
import type { Logger } from '#kit/logger.ts';
import type { MissingTags } from '../telemetry/pipelines.ts';
import type { StoreReport } from '../configuration/store-follower.ts';
import type { Ongoing } from '../runtime/activity.ts';

/** Something that has to come from outside: a tag, or this instance's turn in a rollout. Nothing is held up by it but itself. */
export interface Wait {
  readonly name: string;
  /** Epoch ms when it comes; undefined: nobody knows. */
  readonly until: number | undefined;
  /** Whoever waits has said so in the log. */
  readonly isTold?: true;
}

/** What is waited for beside the steps of an application, and since when it was seen to be. */
export class Waits {
  readonly #clock: Pick<Clock, 'now'>;
  readonly #logger: Logger;
  readonly #current: () => readonly Wait[];
  #since: ReadonlyMap<string, number> = new Map();

  /** @param current what is waited for at this moment. */
  constructor(
    { clock, logger }: { readonly clock: Pick<Clock, 'now'>; readonly logger: Logger },
    current: () => readonly Wait[],
  ) {
    this.#clock = clock;
    this.#logger = logger;
    this.#current = current;
  }

  /** Looks again, and says in the log what is new and what is over. */
  look(): readonly Wait[] {
    const now = this.#clock.now();
    const waits = this.#current();
    const names = new Set(waits.map(({ name }) => name));
    for (const { name, until, isTold } of waits) {
      if (isTold || this.#since.has(name)) continue;
      this.#logger.info('waits', { what: name, ...(until === undefined ? {} : { until: isoTime(until) }) });
    }
    for (const [name, since] of this.#since) {
      if (!names.has(name))
        this.#logger.info('waits no longer', { what: name, for: formatDuration(Math.max(0, now - since)) });
    }
    this.#since = new Map(waits.map(({ name }) => [name, this.#since.get(name) ?? now]));
    return waits;
  }

  /** For `status`. */
  get document(): readonly Ongoing[] {
    const waits = this.look();
    const now = this.#clock.now();
    return waits.map(({ name, until }) => {
      const since = this.#since.get(name) ?? now;
      return {
        name,
        since: isoTime(since),
        for: formatDuration(Math.max(0, now - since)),
        until: until === undefined ? null : isoTime(until),
      };
    });
  }

  /** For people, one line each. */
  get lines(): readonly string[] {
    return this.document.map(
      ({ name, for: time, until }) => `${name} for ${time}${until === null ? '' : `, until ${until}`}`,
    );
  }
}

/** The turn of this instance in a rollout that it does not follow yet; none where it has tried the release in vain. */
export function rolloutWait(
  chosen: Chosen | undefined,
  instanceId: string,
  refused: readonly { readonly release: string | null }[],
): readonly Wait[] {
  const candidate = chosen?.pointer.candidate;
  if (!candidate || candidate.halted || chosen.track === 'candidate') return [];
  const { id } = candidate.release;
  if (refused.some(({ release }) => release === id)) return [];
  return [{ name: `the rollout of ${id}`, until: turnAt(candidate, instanceId) }];
}

/** Stores that nothing was read of yet: the first generation waits for all. They say so in the log themselves. */
export function storeWaits(stores: readonly StoreReport[]): readonly Wait[] {
  return stores
    .filter(({ state, isKept }) => state === 'waiting' && !isKept)
    .map(({ layer, nextReadAt }) => ({
      name: `the store ${layer}`,
      until: nextReadAt,
      isTold: true as const,
    }));
}

/** Placeholders that no tag fills. */
const OF_METADATA: ReadonlySet<string> = new Set(['{hostname}', '{privateIp}']);

/** What names of logs and metrics need. */
export function pipelineWaits({ logs, metrics }: MissingTags): readonly Wait[] {
  return [
    ...logs.map(({ name, placeholder }) => ({
      name: `logs.${name}: ${OF_METADATA.has(placeholder) ? 'the metadata service' : 'a tag'} for ${placeholder}`,
      until: undefined,
    })),
    ...(metrics === undefined
      ? []
      : [{ name: `metrics: a tag for ${metrics}`, until: undefined, isTold: true as const }]),
  ];
}
