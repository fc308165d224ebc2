import type { Facts, Fetched, LayerFile } from '#config-service';
import type { Clock } from '#kit/clock.ts';
import { ok, type Outcome } from '#kit/outcome.ts';
import { NETWORK_FACTS, readNetworkFact, type NetworkFact } from '../../identity/network-facts.ts';
import type { Imds } from '../../identity/imds.ts';

/** Facts with what layers name of them beyond those of every instance. */
export interface NamedFacts {
  readonly facts: Facts;
  /** The tags that a value may hang on, as they are now: another text, another configuration. */
  readonly namedTags: string;
}

/** An Elastic IP comes and goes; the others are those of the instance for as long as it lives. */
const CHANGING: ReadonlySet<NetworkFact> = new Set(['publicIp']);

/**
 * Asks the metadata service for the facts that the layers name, and for no other: most configurations name none, and a
 * tick is to cost the same everywhere.
 */
export class NamedFactsReader {
  readonly #imds: Pick<Imds, 'read'>;
  readonly #clock: Clock;
  readonly #names = new WeakMap<LayerFile, readonly string[]>();
  readonly #known = new Map<NetworkFact, string | undefined>();
  #readAt = -Infinity;

  constructor(imds: Pick<Imds, 'read'>, clock: Clock) {
    this.#imds = imds;
    this.#clock = clock;
  }

  /** A metadata service that does not answer now is waited for, unless there is an answer of before. */
  async name(facts: Facts, layers: Fetched['layers'], signal: AbortSignal): Promise<Outcome<NamedFacts>> {
    const names = new Set(layers.flatMap(({ files }) => files.flatMap((file) => this.#namesIn(file))));
    const wanted = NETWORK_FACTS.filter((fact) => names.has(fact));
    const found: Partial<Record<NetworkFact, string | undefined>> = {};
    const isFresh = this.#clock.monotonic() - this.#readAt < FRESH_MS;
    for (const fact of wanted) {
      if (!this.#known.has(fact) || (CHANGING.has(fact) && !isFresh)) {
        const read = await readNetworkFact(this.#imds, fact, signal);
        if (read.kind === 'ok') this.#known.set(fact, read.value);
        else if (!this.#known.has(fact)) return read;
        if (CHANGING.has(fact)) this.#readAt = this.#clock.monotonic();
      }
      found[fact] = this.#known.get(fact);
    }
    const tags = [...facts.tags].filter(
      ([name]) => names.has('tags') || names.has(`tag:${name}`) || names.has(shortOf(name)),
    );
    return ok({ facts: { ...facts, ...found }, namedTags: JSON.stringify(tags) });
  }

  #namesIn(file: LayerFile): readonly string[] {
    const known = this.#names.get(file);
    if (known) return known;
    const names = namesIn(file.bytes);
    this.#names.set(file, names);
    return names;
  }
}

/** Within one tick all that ask get one answer. */
const FRESH_MS = 500;

/** `${@vpc}` in values, `{{ landfall.vpc }}` and `landfall.tags.NAME` in templates. A name too many costs one question. */
const NAMED =
  /@(hostname|publicIp|subnet|vpc|asg|tag:(?:aws:[^:}\s]+:)?[^:}\s]+)|\blandfall\.(hostname|publicIp|subnet|vpc|asg|tags)\b/g;
const MARKS = ['hostname', 'publicIp', 'subnet', 'vpc', '@asg', 'landfall.asg', 'landfall.tags', '@tag:'];

function namesIn(bytes: Uint8Array): readonly string[] {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (!MARKS.some((mark) => buffer.includes(mark))) return [];
  return [...buffer.toString().matchAll(NAMED)].map(([, fact, own]) => fact ?? own ?? '');
}

function shortOf(tag: string): string {
  return tag === 'aws:autoscaling:groupName' ? 'asg' : '';
}
