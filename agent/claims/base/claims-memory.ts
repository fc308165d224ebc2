import type { Outcome } from '#kit/outcome.ts';
import { ok } from '#kit/outcome.ts';
import { createSerial } from '#kit/serial.ts';
import type { ClaimStore } from './claims-host.ts';

/** What neither EC2 nor the kernel can tell after a restart. */
export interface ClaimsRecord {
  /** The association that this agent made: it may be ended by it, and EC2 showing it is no stale answer. */
  readonly address: { readonly allocationId: string; readonly associationId: string } | undefined;
  /** Which volume belongs to which claim, by its name. */
  readonly volumes: Readonly<Record<string, string>>;
  /** Volumes that were seen to be empty, whose file system is being made: what is on them now is half of ours. */
  readonly making: readonly string[];
}

const NOTHING: ClaimsRecord = { address: undefined, volumes: {}, making: [] };

export interface ClaimsMemory {
  readonly record: ClaimsRecord;
  /** Durable when it resolves with ok; known from now on in any case. */
  change(part: Partial<ClaimsRecord>): Promise<Outcome<void>>;
}

/** A record that cannot be read is as good as none: claims are found again by what EC2 shows. */
export async function openMemory(store: ClaimStore): Promise<ClaimsMemory> {
  let record = readRecord(await store.load());
  let saved = JSON.stringify(record);
  const serial = createSerial();
  return {
    get record() {
      return record;
    },
    async change(part) {
      record = { ...record, ...part };
      return serial.run(async () => {
        const text = JSON.stringify(record);
        if (text === saved) return ok(undefined);
        const outcome = await store.save(new TextEncoder().encode(text));
        if (outcome.kind === 'ok') saved = text;
        return outcome;
      });
    },
  };
}

function readRecord(bytes: Uint8Array | undefined): ClaimsRecord {
  if (!bytes) return NOTHING;
  try {
    // Written by `change` and sealed: it is what it was, or it does not open.
    return { ...NOTHING, ...(JSON.parse(new TextDecoder().decode(bytes)) as Partial<ClaimsRecord>) };
  } catch {
    return NOTHING;
  }
}
