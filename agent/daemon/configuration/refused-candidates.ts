import { releaseDigest, type EventLog, type RefusedCandidate } from '#config-service';
import type { Clock } from '#kit/clock.ts';
import type { Logger } from '#kit/logger.ts';
import { faultFields } from '../runtime/fault-fields.ts';
import type { StateStore } from '../runtime/state-store.ts';
import type { ReleaseVerdict } from './release-verdict.ts';

export interface RefusedCandidatesParts {
  readonly clock: Clock;
  readonly events: EventLog;
  readonly logger: Logger;
  readonly memory: Pick<StateStore, 'saveRefusedCandidates'>;
}

/** An instance sees one candidate at a time: what is forgotten is long gone from the pointer. */
const CAPACITY = 16;

/** The candidates this instance has tried in vain: it leaves them alone, also after a restart, and stays stable. */
export class RefusedCandidates {
  readonly #parts: RefusedCandidatesParts;
  #list: readonly RefusedCandidate[];

  constructor(parts: RefusedCandidatesParts, known: readonly RefusedCandidate[]) {
    this.#parts = parts;
    this.#list = known;
  }

  /** Oldest first. */
  get list(): readonly RefusedCandidate[] {
    return this.#list;
  }

  get digests(): ReadonlySet<string> {
    return new Set(this.#list.map(({ digest }) => digest));
  }

  /** In effect at once, on the disk a moment later: killed in between, the instance tries once more. */
  note({ release, track, fault }: ReleaseVerdict): void {
    if (!fault || track === 'stable') return;
    const { clock, events, logger, memory } = this.#parts;
    const digest = releaseDigest(release);
    const refused = { release: release.id, digest, code: fault.code, at: clock.now() };
    this.#list = [...this.#list.filter((other) => other.digest !== digest), refused].slice(-CAPACITY);
    void memory.saveRefusedCandidates(this.#list);
    events.record('source', { state: 'candidate-refused', release: release.id, code: fault.code });
    logger.warn('the candidate release cannot be activated here, the stable one takes its place', {
      release: release.id,
      ...faultFields(fault),
    });
  }
}
