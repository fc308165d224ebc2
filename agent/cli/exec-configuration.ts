import { systemClock } from '#kit/clock.ts';
import { exitCodeOf, faultOf, LandfallError } from '#kit/errors.ts';
import { backoffDelay } from '#kit/retry.ts';
import type { Snapshot } from '../exec/configuration-feed.ts';
import { variablesOf, type Properties } from '../exec/variables.ts';
import type { ApiClient } from './api-client.ts';
import type { CliContext } from './context.ts';
import { noEnvironment, unauthorized } from './exec-faults.ts';

/** How long the agent holds a question; it says nothing meanwhile. */
const HOLD_S = 60;
const SILENCE_MS = (HOLD_S + 15) * 1000;

const STARTING = { baseMs: 100, capMs: 1000 };

/** Waits for an agent that starts, or is not ready: units start beside each other. */
export async function firstSnapshot(
  client: ApiClient,
  { prefix, waitMs }: { readonly prefix: string; readonly waitMs: number },
  { terminal }: CliContext,
): Promise<Snapshot> {
  const end = systemClock.monotonic() + waitMs;
  for (let attempt = 0; ; attempt += 1) {
    try {
      const { variables, etag, reserved } = await readSnapshot(client, prefix, {});
      if (reserved.length > 0) {
        terminal.err(`landfall: left out, not for a configuration to set: ${reserved.join(', ')}\n`);
      }
      return { variables, etag };
    } catch (error) {
      const leftMs = end - systemClock.monotonic();
      const { code } = faultOf(error, 'read', 'the configuration');
      if (leftMs <= 0 || exitCodeOf(code) === 2 || code === 'LF_EXEC_ENVIRONMENT') throw error;
      await systemClock.sleep(Math.min(leftMs, backoffDelay(STARTING, attempt, Math.random)));
    }
  }
}

/** Undefined when it has not changed for as long as the agent waits. @throws LandfallError when there is no answer, or no environment in it. */
export async function nextSnapshot(
  client: ApiClient,
  prefix: string,
  etag: string,
  signal: AbortSignal,
): Promise<Snapshot | undefined> {
  const held = { wait: `${HOLD_S}s`, ifNoneMatch: etag, timeoutMs: SILENCE_MS, signal };
  const snapshot = await readSnapshot(client, prefix, held);
  return snapshot.etag === etag ? undefined : snapshot;
}

interface Held {
  readonly wait?: string;
  readonly ifNoneMatch?: string;
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

async function readSnapshot(
  client: ApiClient,
  prefix: string,
  { wait, ...more }: Held,
): Promise<Snapshot & { readonly reserved: readonly string[] }> {
  const query = new URLSearchParams({ prefix, ...(wait === undefined ? {} : { wait }) });
  const { status, body, etag = '' } = await client.ask({ path: `/v1/config?${query.toString()}`, ...more });
  if (status === 304) return { variables: {}, etag, reserved: [] };
  const { properties } = JSON.parse(body) as { readonly properties: Properties };
  const hidden = Object.keys(properties).filter((key) => properties[key] === REDACTED);
  if (hidden.length > 0) throw new LandfallError(unauthorized(hidden));
  const { variables, reserved, problems } = variablesOf(properties);
  if (problems.length > 0) throw new LandfallError(noEnvironment(problems));
  return { variables, etag, reserved };
}

/** What the API gives in place of a secret to whoever may not read it. */
const REDACTED = '[redacted]';
