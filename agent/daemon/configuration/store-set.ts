import { mostDecisive, type EventLog, type LayerContent, type LayerFile, type Stores } from '#config-service';
import { atMost } from '#kit/at-most.ts';
import type { Clock, Random } from '#kit/clock.ts';
import type { Fault } from '#kit/errors.ts';
import type { Logger } from '#kit/logger.ts';
import { ok, retry, type Fail, type Outcome, type Retry } from '#kit/outcome.ts';
import { openStore, type StoreParts } from '../../stores/open-store.ts';
import { storeFault } from '../../stores/store-refusal.ts';
import { RepeatedWarning } from '../runtime/repeated-warning.ts';
import { StoreFollower, type StoreReport } from './store-follower.ts';

export interface StoreSetParts extends StoreParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly events?: EventLog;
  readonly intervalMs: number;
  readonly phaseMs: number;
  /** The layers that an earlier life of this instance accepted. */
  readonly recall: () => Promise<readonly LayerContent[]>;
  readonly onSecretsMoved: () => Promise<unknown>;
  /** Around whatever is waited for. */
  readonly during?: <T>(name: string, work: () => Promise<T>) => Promise<T>;
}

/** What a tick waits for a first reading; with something kept to stand in, no longer than for a page or two. */
const FIRST_MS = 30_000;
const FIRST_WITH_KEPT_MS = 2000;
/** Whoever asks for a reading does not wait longer: it goes on by itself. */
const AGAIN_MS = 10_000;

/** All stores of an instance, each followed for itself. */
export interface StoreSet extends Stores {
  report(): readonly StoreReport[];
  /** Reads all in use now, for who asks; waits for them, and not for ever. */
  readAgain(): Promise<void>;
  close(): Promise<void>;
}

export function createStoreSet(parts: StoreSetParts): StoreSet {
  const { clock, random, logger, events, intervalMs, phaseMs, recall, onSecretsMoved } = parts;
  const during = parts.during ?? ((_name, work) => work());
  const followers = new Map<string, StoreFollower>();
  let remembered: Promise<readonly LayerContent[]> | undefined;

  const follow = async (layer: string): Promise<StoreFollower> => {
    const kept = (await (remembered ??= recall())).find(({ name }) => name === layer);
    const known = followers.get(layer);
    if (known) return known;
    const warning = new RepeatedWarning({ clock, logger });
    const follower = new StoreFollower({
      layer,
      read: openStore(layer, parts),
      kept: kept?.files,
      clock,
      random,
      intervalMs,
      phaseMs,
      onSecretsMoved,
      onState: (report, before) => tell(report, before, warning),
    });
    followers.set(layer, follower);
    return follower;
  };

  const tell = (
    { layer, state, fault }: StoreReport,
    before: StoreReport['state'],
    warning: RepeatedWarning,
  ): void => {
    const says = state === 'stale' ? 'its last good layer stays' : 'it is waited for';
    // The fault names the layer.
    if (fault) warning.tell(`a store cannot be read, ${says}`, fault);
    else warning.end();
    if (state === before) return;
    if (!fault && before === 'stale') logger.info('a store can be read again', { layer });
    events?.record('source', { state: fault ? 'stale' : 'fresh', layer, ...(fault && { code: fault.code }) });
  };

  const awaitFirst = (follower: StoreFollower, signal: AbortSignal): Promise<void> =>
    atMost(clock, follower.files ? FIRST_WITH_KEPT_MS : FIRST_MS, follower.tried, signal);

  return {
    async read(layers, signal) {
      const gone = [...followers].filter(([layer]) => !layers.includes(layer));
      for (const [layer, follower] of gone) {
        followers.delete(layer);
        void follower.close();
      }
      const all = await Promise.all(layers.map(follow));
      const untried = all.filter(({ report }) => report.readAt === undefined && !report.fault);
      if (untried.length > 0) {
        const names = untried.map(({ report }) => report.layer).join(', ');
        await during(`the first reading of ${names}`, () =>
          Promise.all(untried.map((follower) => awaitFirst(follower, signal))),
        );
      }
      signal.throwIfAborted();
      return contentOf(all);
    },
    report: () => [...followers.values()].map(({ report }) => report),
    readAgain: () =>
      atMost(clock, AGAIN_MS, Promise.all([...followers.values()].map((follower) => follower.readAgain()))),
    close: async () => {
      await Promise.all([...followers.values()].map((follower) => follower.close()));
    },
  };
}

/** Of each layer what there is of it; one that has nothing yet is waited for, and with it everything. */
function contentOf(followers: readonly StoreFollower[]): Outcome<readonly (readonly LayerFile[])[]> {
  const [first, ...others] = followers.flatMap(({ files, report }): readonly (Retry | Fail)[] =>
    files ? [] : [retry(report.fault ?? unread(report.layer))],
  );
  if (first) return mostDecisive([first, ...others]);
  return ok(followers.map(({ files }) => files ?? []));
}

function unread(layer: string): Fault {
  const cause = 'it was not read whole yet';
  return storeFault(layer, 'LF_SOURCE_UNREACHABLE', cause, 'Its reading goes on; a long one takes a while.');
}
