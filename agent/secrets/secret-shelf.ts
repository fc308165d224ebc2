import type { ExternalValue, KeptSecret, SecretName } from '#config-service';
import type { Fault } from '#kit/errors.ts';
import type { Reading, SecretItem } from './reading.ts';
import { fieldOf } from './secret-field.ts';

/** What is known of one item. Neither `kept` nor `fault`: its service says that there is none. */
interface Entry extends SecretItem {
  /** The last good text, which may be older than `fault`. */
  readonly kept?: KeptSecret;
  /** Why the last reading brought none. */
  readonly fault?: Fault;
}

/** One line of `status`. Names and times, never a value. */
export interface SecretReport extends SecretItem {
  readonly state: 'fresh' | 'stale' | 'absent' | 'unusable';
  /** Version of the last good reading; undefined before there was one. */
  readonly version: string | undefined;
  /** Epoch ms of the last good reading. */
  readonly readAt: number | undefined;
  /** Fault of the last reading; undefined when it was good. */
  readonly fault: Fault | undefined;
}

export interface Taken {
  /** False when nothing can be said of the item: no word from its service, and nothing kept. */
  readonly isKnown: boolean;
  /** By `keyOf`: the items that have this reading now. More than one where a secret is asked for by name and by ARN. */
  readonly items: readonly string[];
}

/**
 * The secrets in use, by what their services said last. What was good stays until there is something better: a secret
 * that is deleted while a configuration uses it is far more often a mistake than a decision.
 */
export class SecretStates {
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

  /** What tells two names of one secret from two secrets; undefined before it was read. */
  identityOf(item: SecretItem): string | undefined {
    const arn = this.#entries.get(keyOf(item))?.kept?.arn;
    return arn === undefined ? undefined : `${arn} ${item.selector}`;
  }

  /** What the name stands for; undefined when its item was never read. */
  lookUp(name: SecretName): ExternalValue | undefined {
    const entry = this.#entries.get(keyOf(name));
    if (!entry) return undefined;
    const { kept, fault } = entry;
    if (!kept) {
      if (!fault) return absent(name);
      return { kind: 'unusable', code: fault.code, reason: `${fault.cause}. ${fault.hint}` };
    }
    const { text, version } = kept;
    if (name.field === undefined) return { kind: 'value', text, version };
    const field = fieldOf(text, name.field);
    if (field.kind === 'text') return { kind: 'value', text: field.text, version };
    if (field.kind === 'invalid')
      return { kind: 'unusable', code: 'LF_SECRET_INVALID', reason: field.reason };
    const reason = `the secret ${name.id} is there and has no field ${name.field}; add it, correct the name, or give a default after ::`;
    return { kind: 'absent', reason };
  }

  /**
   * Takes a reading in. Of one that is read under several names all have it: a generation never holds two versions of one
   * secret.
   * @param remembered what an earlier life of this instance kept.
   */
  take(item: SecretItem, reading: Reading, now: number, remembered?: KeptSecret): Taken {
    const key = keyOf(item);
    const before = this.#entries.get(key)?.kept;
    const kept = before ?? remembered;
    switch (reading.kind) {
      case 'text': {
        const { text, arn } = reading;
        const good = { text, arn, version: this.#versionOf(reading, kept), readAt: now };
        const items = [key, ...this.#otherNamesOf(item, arn)];
        this.#set(item, { ...good });
        for (const other of items) {
          const entry = this.#entries.get(other);
          if (entry) this.#set(entry, good);
        }
        return { isKnown: true, items };
      }
      case 'absent':
        this.#set(item, before, before && gone(item));
        return { isKnown: true, items: [key] };
      case 'refused':
      case 'unavailable':
        if (!kept && reading.kind === 'unavailable') return { isKnown: false, items: [key] };
        this.#set(item, kept, reading.fault);
        return { isKnown: true, items: [key] };
      default:
        return reading satisfies never;
    }
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
    return [...this.#entries.values()].map(({ service, id, selector, kept, fault }) => {
      const good = fault ? 'stale' : 'fresh';
      const none = fault ? 'unusable' : 'absent';
      const { version, readAt } = kept ?? { version: undefined, readAt: undefined };
      return { service, id, selector, state: kept ? good : none, version, readAt, fault };
    });
  }

  #set(
    { service, id, selector }: SecretItem,
    good?: Omit<KeptSecret, keyof SecretItem>,
    fault?: Fault,
  ): void {
    const item = { service, id, selector };
    const entry = { ...item, ...(good && { kept: { ...good, ...item } }), ...(fault && { fault }) };
    this.#entries.set(keyOf(item), entry);
  }

  #otherNamesOf(item: SecretItem, arn: string | undefined): readonly string[] {
    if (arn === undefined) return [];
    return [...this.#entries].flatMap(([key, { service, selector, kept }]) => {
      const isSame = service === item.service && selector === item.selector && kept?.arn === arn;
      return isSame && key !== keyOf(item) ? [key] : [];
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

export function keyOf({ service, id, selector }: SecretItem): string {
  return `${service} ${id}${selector}`;
}

/** With a selector it may be the version that there is none of, or a default that was meant. */
function absent({ service, id, selector }: SecretName): ExternalValue {
  if (selector === '') return { kind: 'absent' };
  const short = `\${@${service === 'ssm' ? 'ssm' : 'secret'}:${id}`;
  const reason =
    service === 'ssm'
      ? `there is no parameter ${id}, or none of its versions has the number or label ${selector.slice(1)}; if that was meant as a default, write ${short}:${selector}}`
      : `there is no secret ${id}, or none of its versions is that of ${selector}`;
  return { kind: 'absent', reason };
}

function gone({ service, id, selector }: SecretItem): Fault {
  return {
    code: 'LF_SECRET_MISSING',
    operation: 'read',
    subject: `${service} ${id}${selector}`,
    cause: 'it is no longer there',
    hint: 'Create it again, or take the reference out; an instance that starts now has none.',
  };
}
