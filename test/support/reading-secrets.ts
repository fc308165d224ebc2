import { createSecrets, type Secrets, type SecretsOptions } from '#agent/secrets/secrets.ts';
import type { LookUpExternal, SecretsCache } from '#config-service';
import { silentLogger } from '#kit/logger.ts';
import { ok, type Outcome } from '#kit/outcome.ts';
import type { Sandbox } from '../../scripts/sandbox/sandbox.ts';
import { callsAt } from './aws-calls.ts';
import { FakeClock } from './fake-clock.ts';
import { PIN } from './pinned.ts';

export const REFRESH_MS = 300_000;

export interface ReadingSecrets {
  readonly secrets: Secrets;
  readonly clock: FakeClock;
  /** How often something changed by itself. */
  changes: number;
}

/** The secrets of an instance in Ireland, at a sandbox. */
export function secretsAt(
  sandbox: Pick<Sandbox, 'url'>,
  options: Partial<SecretsOptions> = {},
): ReadingSecrets {
  const clock = new FakeClock();
  const reading = { clock, changes: 0 };
  const secrets = createSecrets({
    aws: callsAt(new URL(sandbox.url)),
    pin: PIN,
    cache: undefined,
    clock,
    random: () => 0.5,
    logger: silentLogger,
    refreshMs: REFRESH_MS,
    onChange: () => {
      reading.changes += 1;
    },
    ...options,
  });
  return Object.assign(reading, { secrets });
}

/** What the names stand for, once everything was read: the text, `none`, or the code of what is wrong. */
export async function read(secrets: Secrets, ...names: string[]): Promise<Outcome<readonly string[]>> {
  const { signal } = new AbortController();
  return secrets.settle((external) => names.map((name) => shown(external, name)), signal);
}

function shown(external: LookUpExternal, name: string): string {
  const value = external(name);
  if (value.kind === 'value') return value.text;
  return value.kind === 'absent' ? 'none' : value.code;
}

/** A cache that keeps its rows in memory, as they were when they were saved. */
export function cacheInMemory(): SecretsCache & { rows: string } {
  const cache: SecretsCache & { rows: string } = {
    rows: '',
    load: async () =>
      cache.rows === '' ? { kind: 'absent' } : { kind: 'loaded', content: JSON.parse(cache.rows) },
    save: async (secrets) => {
      cache.rows = JSON.stringify(secrets);
      return ok(undefined);
    },
    remove: async () => {
      cache.rows = '';
      return ok(undefined);
    },
  };
  return cache;
}
