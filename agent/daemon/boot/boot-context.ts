import { acquireStateLock, deriveSealKey, openStateFolder, regionsNamedBy, stampOf } from '#config-service';
import type { Fault } from '#kit/errors.ts';
import { fail, ok, type Outcome } from '#kit/outcome.ts';
import { backoffDelay } from '#kit/retry.ts';
import type { Closable } from '#kit/lifecycle.ts';
import { detoursOf } from '../../aws/detours.ts';
import type { RegionalClients } from '../../aws/regional-clients.ts';
import { readIdentity, type Identity } from '../../identity/identity.ts';
import { Imds, imdsEndpoint } from '../../identity/imds.ts';
import type { Settings } from '../../settings/settings.ts';
import { raiseFence, type BootFence } from './boot-fence.ts';
import type { Host } from '../runtime/host.ts';
import { RepeatedWarning } from '../runtime/repeated-warning.ts';
import { createStateStore, type StateStore } from '../runtime/state-store.ts';
import { openRegion } from './region-access.ts';

/** What everything else stands on: who we are, that nothing foreign is left, and how to reach this region. */
export interface BootContext {
  readonly identity: Identity;
  readonly imds: Imds;
  readonly clients: RegionalClients;
  readonly memory: StateStore;
  readonly fenced: BootFence;
}

/** The state folder, when it can be used, and the lock on it. */
export async function takeStateFolder(
  settings: Settings,
  host: Host,
): Promise<Outcome<{ readonly folder: Outcome<string>; readonly lock: Closable }>> {
  const folder = await openStateFolder(settings.stateDir, host.uid);
  if (folder.kind === 'fail') return folder;
  if (folder.kind === 'retry') {
    host.logger.warn('nothing will be kept across restarts', {
      code: folder.fault.code,
      cause: folder.fault.cause,
    });
    return ok({ folder, lock: { name: 'state lock', close: async () => {} } });
  }
  const lock = await acquireStateLock(folder.value, host.pid);
  if (lock.kind !== 'ok') return lock;
  return ok({ folder, lock: { name: 'state lock', close: () => lock.value.release() } });
}

/** Asks until the metadata service answers, the answer is final, or `signal` aborts; then the last fault. */
export async function awaitIdentity(
  imds: Imds,
  { identityCertificates }: Pick<Settings, 'identityCertificates'>,
  host: Host,
  signal: AbortSignal,
): Promise<Outcome<Identity>> {
  let last: Outcome<Identity> = fail(NO_ANSWER_YET);
  const warning = new RepeatedWarning(host);
  try {
    for (let attempt = 0; ; attempt += 1) {
      last = await readIdentity(imds, signal, identityCertificates);
      if (last.kind === 'ok') return last;
      warning.tell('not ready', last.fault);
      if (last.kind === 'fail') return last;
      await host.clock.sleep(backoffDelay(BACKOFF, attempt, host.random), signal);
    }
  } catch (error) {
    if (signal.aborted) return last;
    throw error;
  }
}

const BACKOFF = { baseMs: 500, capMs: 5000 };

const NO_ANSWER_YET: Fault = {
  code: 'LF_IMDS_UNREACHABLE',
  operation: 'read',
  subject: 'the identity document',
  cause: 'the metadata service did not answer in time',
  hint: 'Raise LANDFALL_BOOT_TIMEOUT, or look at `landfall doctor`.',
};

export function openImds(host: Host): Outcome<Imds> {
  const endpoint = imdsEndpoint(host.env);
  if (endpoint.kind !== 'ok') return endpoint;
  return ok(new Imds(endpoint.value, { clock: host.clock, random: host.random }));
}

/** The fence comes first: after the identity document, before any other network call and before the API listens (law 3). */
export async function openBootContext(
  identity: Identity,
  imds: Imds,
  folder: Outcome<string>,
  settings: Settings,
  host: Host,
): Promise<Outcome<BootContext>> {
  const here = stampOf(identity);
  const fenced = await host.boot.during('fence', () => raiseFence(here, folder, settings, host));
  if (fenced.kind !== 'ok') return fenced;
  logDetours(host);
  if (settings.guard !== 'enforce') host.logger.warn('the guard refuses nothing', { mode: settings.guard });
  const clients = await openRegion(identity, imds, settings, host);
  if (clients.kind !== 'ok') return clients;
  // The first read of S3 will want them; the tags take as long.
  void host.boot.during('credentials', () => clients.value.credentials.get());
  const { uid, clock, logger } = host;
  const { sharing } = fenced.value.again ?? {};
  const key = deriveSealKey(identity.signature, here);
  const memory = createStateStore({ folder, here, key, uid, clock, logger, ...(sharing && { sharing }) });
  return ok({ identity, imds, clients: clients.value, memory, fenced: fenced.value });
}

/** What goes elsewhere than to AWS's own addresses is said before the first request goes there. */
function logDetours({ env, logger }: Host): void {
  for (const { variable, address, kind, plain } of detoursOf(env, regionsNamedBy)) {
    const fields = { variable, address };
    if (plain) logger.warn(`a variable leads requests to another host, and in the clear`, fields);
    else logger.info(`a variable names another ${kind}`, fields);
  }
}
