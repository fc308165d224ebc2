import type { CallResult } from '../../aws/aws-calls.ts';
import type { Drift } from './group-form.ts';
import { LogGroupReconciler, type GroupParts } from './log-group-reconciler.ts';
import type { LogGroupSpec } from './log-group-spec.ts';
import { heldVerdict, type Held } from './put-verdict.ts';

/** CreateLogStream is good for 50 calls a second (case 51): this takes the edge off a fleet that boots at once, full jitter after throttling the rest. */
const CREATION_JITTER_MS = 250;

/** Where each file has a stream there may be hundreds to make at once. */
const CREATION_MS = 40;

/** Brings groups and streams into being, and groups into the form the plan asks for. */
export class LogGroupProvisioner {
  readonly #parts: GroupParts;
  readonly #tender: LogGroupReconciler;
  readonly #creations = new Map<string, Promise<Held | undefined>>();

  constructor(parts: GroupParts) {
    this.#parts = parts;
    this.#tender = new LogGroupReconciler(parts);
  }

  /** What of the groups is not as the plan has it, and why. */
  get misfits(): readonly Drift[] {
    return this.#tender.misfits;
  }

  /** Undefined when the stream is there now, whoever made it. One creation of a stream runs at a time. */
  ensure(group: string, stream: string, wish: LogGroupSpec): Promise<Held | undefined> {
    const key = `${group}\n${stream}`;
    const running = this.#creations.get(key);
    if (running) return running;
    const creation = this.#create(group, stream, wish).finally(() => this.#creations.delete(key));
    this.#creations.set(key, creation);
    return creation;
  }

  /** Sees to the form of a group, once for each wish and in its own time. Shipping does not wait for it (case 52). */
  tend(group: string, wish: LogGroupSpec): void {
    this.#tender.tend(group, wish);
  }

  async #create(group: string, stream: string, wish: LogGroupSpec): Promise<Held | undefined> {
    const { clock, random, signal } = this.#parts;
    await clock.sleep(random() * Math.max(CREATION_JITTER_MS, this.#creations.size * CREATION_MS), signal);
    const first = await this.#createStream(group, stream);
    if (first.kind !== 'refused' || first.class !== 'missing') return notDone(first);
    const created = await this.#createGroup(group, wish);
    if (created.kind === 'ok') this.#tender.created(group, wish);
    else this.#tender.forget(group);
    return notDone(created) ?? notDone(await this.#createStream(group, stream));
  }

  #createStream(logGroupName: string, logStreamName: string): Promise<CallResult> {
    return this.#call('CreateLogStream', { logGroupName, logStreamName });
  }

  #createGroup(group: string, { kmsKey, tags, class: logGroupClass }: LogGroupSpec): Promise<CallResult> {
    return this.#call('CreateLogGroup', {
      logGroupName: group,
      ...(kmsKey === undefined ? {} : { kmsKeyId: kmsKey }),
      ...(Object.keys(tags).length === 0 ? {} : { tags }),
      ...(logGroupClass === undefined ? {} : { logGroupClass }),
    });
  }

  #call(action: string, body: object): Promise<CallResult> {
    // Twice does no harm: what is there already is said to exist.
    return this.#parts.aws.json('logs', `Logs_20140328.${action}`, body, {
      signal: this.#parts.signal,
      repeatable: true,
    });
  }
}

function notDone(result: CallResult): Held | undefined {
  if (result.kind === 'ok') return undefined;
  if (result.kind === 'refused' && result.class === 'exists') return undefined;
  return heldVerdict(result);
}
