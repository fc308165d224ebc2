import type { Generation } from '../../generation.ts';
import type { Origin, Removal } from '../../layers/effective.ts';
import type { Exchange } from '../exchange.ts';
import { nearestKeys } from '../nearest-keys.ts';
import { sendProblem } from '../reply.ts';

/** 404, with who took the key away, or the keys that were probably meant. */
export function sendNoSuchKey(exchange: Exchange, key: string, generation: Generation): void {
  const removal = generation.removed?.get(key);
  const meant = removal ? [] : nearestKeys(key, generation.effective.keys());
  sendProblem(
    exchange,
    404,
    {
      code: 'LF_NO_SUCH_KEY',
      operation: 'read',
      subject: key,
      cause: removal ? removedBy(removal) : `no layer of generation ${generation.number} sets it`,
      hint:
        removal !== undefined
          ? 'A still stronger layer may set it again; GET /v1/layers shows the order.'
          : meant.length > 0
            ? `Did you mean ${meant.join(' or ')}?`
            : 'List what there is with `landfall config`.',
    },
    ['X-Landfall-Generation', String(generation.number)],
  );
}

function removedBy({ by, of }: Removal): string {
  const taken = `${placeIn(by)} takes it away with \${@unset}`;
  return of === undefined ? taken : `${taken}, and ${placeIn(of)} had set it`;
}

function placeIn({ layer, file, line }: Origin): string {
  return `${layer}/${file}:${line}`;
}
