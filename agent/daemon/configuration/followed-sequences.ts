import {
  createStampedFile,
  findStateFolder,
  openReleaseSequences,
  stampOf,
  type ReleaseSequences,
} from '#config-service';
import { silentLogger, type Logger } from '#kit/logger.ts';
import type { Identity } from '../../identity/identity.ts';
import type { Settings } from '../../settings/settings.ts';
import { faultFields } from '../runtime/fault-fields.ts';
import type { StateStore } from '../runtime/state-store.ts';

/**
 * How far the signed pointers that this instance followed have come. Without trusted keys nothing is read or kept: nobody
 * vouches for a sequence then.
 */
export async function openSequences(
  { trustedKeys, notOlderThan }: Pick<Settings, 'trustedKeys' | 'notOlderThan'>,
  memory: Pick<StateStore, 'stamped'>,
  logger: Logger,
  durable: boolean,
): Promise<ReleaseSequences> {
  return openReleaseSequences({
    file: trustedKeys.length > 0 ? memory.stamped('releases') : undefined,
    ...(notOlderThan === undefined ? {} : { least: notOlderThan }),
    durable,
    onTrouble: (trouble) => {
      if (trouble.kind === 'ignored') {
        const { why, reason } = trouble;
        logger.warn('which release was followed last cannot be read', { why, reason });
      } else if (trouble.kind !== 'ok') {
        logger.warn('which release was followed last could not be kept', faultFields(trouble.fault));
      }
    },
  });
}

/** As a boot would find them; nothing is made or written. */
export async function findSequences(
  settings: Pick<Settings, 'trustedKeys' | 'notOlderThan' | 'stateDir'>,
  identity: Identity,
  uid: number,
): Promise<ReleaseSequences> {
  const found = await findStateFolder(settings.stateDir, uid);
  const folder = found.kind === 'ok' ? found.value : undefined;
  const stamped: StateStore['stamped'] = (name) =>
    folder === undefined ? undefined : createStampedFile(folder, name, stampOf(identity), uid);
  return openSequences(settings, { stamped }, silentLogger, false);
}
