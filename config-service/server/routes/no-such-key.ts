import type { Generation } from '../../generation.ts';
import { editDistance } from '../../kit/edit-distance.ts';
import type { Origin, Removal } from '../../layers/effective.ts';
import type { Exchange } from '../http/exchange.ts';
import { sendProblem } from '../http/reply.ts';

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

/** Most keys compared in full, so that asking for a missing key costs a bounded time whatever the configuration's size. */
const MAX_COMPARED = 2000;
const MAX_KEY_LENGTH = 128;
const MAX_EDITS = 2;

/** Up to three existing keys that a typing slip of at most two edits, or another letter case, separates from `asked`. */
export function nearestKeys(asked: string, keys: Iterable<string>): readonly string[] {
  if (asked.length > MAX_KEY_LENGTH) return [];
  const wanted = asked.toLowerCase();
  const close: { readonly key: string; readonly edits: number }[] = [];
  let compared = 0;
  for (const key of keys) {
    if (Math.abs(key.length - asked.length) > MAX_EDITS) continue;
    compared += 1;
    if (compared > MAX_COMPARED) break;
    const edits = editDistance(wanted, key.toLowerCase(), MAX_EDITS);
    // A short key is within two edits of almost anything.
    if (edits <= MAX_EDITS && edits * 2 < asked.length) close.push({ key, edits });
  }
  return close
    .toSorted((a, b) => a.edits - b.edits || (a.key < b.key ? -1 : 1))
    .slice(0, 3)
    .map(({ key }) => key);
}
