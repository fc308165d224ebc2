import type { KeptSecret, SecretsCache } from '#config-service';
import { describeFault } from '#kit/errors.ts';
import type { Logger } from '#kit/logger.ts';
import { createSerial } from '#kit/serial.ts';
import { keyOf } from './secret-shelf.ts';

/** What outlives this process. Without a cache nothing does. */
export interface KeptSecrets {
  /** By `keyOf`, as an earlier life left them; read from the disk once, when first asked for. */
  recall(): Promise<ReadonlyMap<string, KeptSecret>>;
  /** In the order of the calls, without making anybody wait. */
  save(kept: readonly KeptSecret[]): void;
  /** When everything that was to be saved is. */
  settled(): Promise<void>;
}

export function createKeptSecrets(cache: SecretsCache | undefined, logger: Logger): KeptSecrets {
  let remembered: Promise<ReadonlyMap<string, KeptSecret>> | undefined;
  const saves = createSerial();

  const load = async (): Promise<ReadonlyMap<string, KeptSecret>> => {
    const loaded = await cache?.load();
    if (loaded?.kind === 'ignored') {
      logger.warn('the secrets kept here are not used', { reason: loaded.reason });
    }
    const secrets = loaded?.kind === 'loaded' ? loaded.content : [];
    return new Map(secrets.map((secret) => [keyOf(secret), secret]));
  };

  const write = async (kept: readonly KeptSecret[]): Promise<void> => {
    const outcome = await (kept.length > 0 ? cache?.save(kept) : cache?.remove());
    if (outcome && outcome.kind !== 'ok') {
      logger.warn('secrets are not kept', { error: describeFault(outcome.fault) });
    }
  };

  return {
    recall: () => (remembered ??= load()),
    save: (kept) => void saves.run(() => write(kept)),
    settled: () => saves.idle(),
  };
}
