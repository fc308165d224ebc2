import type { ExternalValue, KeptSecret, SecretName } from '#config-service';
import type { Fault } from '#kit/errors.ts';
import type { Reading, SecretItem } from './reading.ts';
import { fieldOf } from './stored-secret.ts';

/** What is known of one item. Neither `kept` nor `fault`: its service says that there is none. */
interface Entry extends SecretItem {
  /** The last good text, which may be older than `fault`. */
  readonly kept?: KeptSecret;
  /** Why the last reading brought none. */
  readonly fault?: Fault;
}

/** One line of `status`. Names and times, never a value. */
export interface SecretReport {
  readonly service: SecretItem['service'];
  readonly id: string;
  readonly state: 'fresh' | 'stale' | 'absent' | 'unusable';
  /** Epoch ms of the last good reading. */
  readonly readAt: number | undefined;
  /** Of the last reading, when it was not good. */
  readonly fault: Fault | undefined;
}

/** The secrets in use, by what their services said last. Law 6: only the word that there is none takes a good one away. */
export class SecretShelf {
  readonly #entries = new Map<string, Entry>();
  readonly #random: () => number;

  constructor(random: () => number) {
    this.#random = random;
  }

  get items(): readonly SecretItem[] {
    return [...this.#entries.values()];
  }

  get kept(): readonly KeptSecret[] {
    return [...this.#entries.values()].flatMap(({ kept }) => kept ?? []);
  }

  has(item: SecretItem): boolean {
    return this.#entries.has(keyOf(item));
  }

  /** What the name stands for; undefined when its item was never read. */
  lookUp(name: SecretName): ExternalValue | undefined {
    const entry = this.#entries.get(keyOf(name));
    if (!entry) return undefined;
    const { kept, fault } = entry;
    if (!kept) {
      if (!fault) return { kind: 'absent' };
      return { kind: 'unusable', code: fault.code, reason: `${fault.cause}. ${fault.hint}` };
    }
    if (name.field === undefined) return { kind: 'value', text: kept.text, version: kept.version };
    const field = fieldOf(kept.text, name.field);
    if (field.kind === 'invalid')
      return { kind: 'unusable', code: 'LF_SECRET_INVALID', reason: field.reason };
    return field.kind === 'absent' ? field : { kind: 'value', text: field.text, version: kept.version };
  }

  /**
   * Takes a reading in; false when nothing can be said of the item: no word from its service, and nothing kept.
   * @param remembered what an earlier life of this instance kept.
   */
  take(item: SecretItem, reading: Reading, now: number, remembered?: KeptSecret): boolean {
    const { service, id } = item;
    const kept = this.#entries.get(keyOf(item))?.kept ?? remembered;
    if (reading.kind === 'text') {
      const version = this.#versionOf(reading, kept);
      this.#entries.set(keyOf(item), {
        service,
        id,
        kept: { service, id, text: reading.text, version, readAt: now },
      });
    } else if (reading.kind === 'absent') {
      this.#entries.set(keyOf(item), { service, id });
    } else {
      if (!kept && reading.kind === 'unavailable') return false;
      this.#entries.set(keyOf(item), { service, id, ...(kept ? { kept } : {}), fault: reading.fault });
    }
    return true;
  }

  /** Forgets all other items. */
  retain(used: ReadonlySet<string>): void {
    for (const key of this.#entries.keys()) if (!used.has(key)) this.#entries.delete(key);
  }

  /** What a lookup can tell apart, for noticing that something changed. */
  fingerprint(): string {
    const rows = [...this.#entries].map(([key, { kept, fault }]) =>
      JSON.stringify([key, kept?.version, kept ? undefined : fault?.code]),
    );
    return rows.toSorted().join('\n');
  }

  report(): readonly SecretReport[] {
    return [...this.#entries.values()].map(({ service, id, kept, fault }) => {
      const good = fault ? 'stale' : 'fresh';
      const none = fault ? 'unusable' : 'absent';
      return { service, id, state: kept ? good : none, readAt: kept?.readAt, fault };
    });
  }

  /** Another text must have another version, also where a service does not count, or counts wrong. */
  #versionOf(reading: Extract<Reading, { kind: 'text' }>, kept: KeptSecret | undefined): string {
    const { text, version } = reading;
    const isSame = kept?.text === text;
    if (version === undefined && isSame) return kept.version;
    if (version !== undefined && (isSame || kept?.version !== version)) return version;
    return `${version ?? ''}~${Math.floor(this.#random() * 2 ** 48).toString(36)}`;
  }
}

export function keyOf({ service, id }: SecretItem): string {
  return `${service} ${id}`;
}
