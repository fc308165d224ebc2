import type { Outcome } from '#kit/outcome.ts';
import type { ApplyStore } from '../apply-store.ts';

/** A version that is unpacked, whole and on the disk. */
export interface KeptVersion {
  readonly version: string;
  readonly sha256: string;
  /** It was unpacked and never current: another content may still come under its name. */
  readonly undeployed?: true;
}

/** What this instance deployed. */
export interface Deployed {
  readonly directory: string;
  /** The version whose hooks ran to their end; null: none. */
  readonly current: string | null;
  /** Last deployed first; `current` is among them. */
  readonly kept: readonly KeptVersion[];
  /** A change of `current` began and did not end: the link may point to either. */
  readonly unsettled: boolean;
}

/** Undefined: this instance deployed nothing, whatever lies on its disk. */
export async function loadDeployed(store: ApplyStore): Promise<Deployed | undefined> {
  const bytes = await store.load('deployed');
  if (bytes === undefined) return undefined;
  try {
    const record: unknown = JSON.parse(new TextDecoder().decode(bytes));
    return isDeployed(record) ? record : undefined;
  } catch {
    return undefined;
  }
}

export async function saveDeployed(store: ApplyStore, deployed: Deployed): Promise<Outcome<void>> {
  return await store.save('deployed', new TextEncoder().encode(JSON.stringify(deployed)));
}

function isDeployed(value: unknown): value is Deployed {
  const { directory, current, kept, unsettled } = (value ?? {}) as Partial<Record<keyof Deployed, unknown>>;
  return (
    typeof directory === 'string' &&
    (current === null || typeof current === 'string') &&
    Array.isArray(kept) &&
    kept.every(isKept) &&
    typeof unsettled === 'boolean'
  );
}

function isKept(value: unknown): value is KeptVersion {
  const { version, sha256 } = (value ?? {}) as Partial<Record<keyof KeptVersion, unknown>>;
  return typeof version === 'string' && typeof sha256 === 'string';
}
