import type { Generation } from '../../generation.ts';
import type { Exchange } from '../exchange.ts';
import { nearestKeys } from '../nearest-keys.ts';
import { sendProblem } from '../reply.ts';

/** 404, with the keys that were probably meant. */
export function sendNoSuchKey(exchange: Exchange, key: string, generation: Generation): void {
  const meant = nearestKeys(key, generation.effective.keys());
  sendProblem(
    exchange,
    404,
    {
      code: 'LF_NO_SUCH_KEY',
      operation: 'read',
      subject: key,
      cause: `no layer of generation ${generation.number} sets it`,
      hint:
        meant.length > 0
          ? `Did you mean ${meant.join(' or ')}?`
          : 'List what there is with `landfall config`.',
    },
    ['X-Landfall-Generation', String(generation.number)],
  );
}
