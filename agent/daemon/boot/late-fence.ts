import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fenceMounted, MOUNT_TABLE, type FenceOptions } from '#config-service';
import type { Fault } from '#kit/errors.ts';
import { isThere } from '#kit/is-there.ts';
import type { Fail, Retry } from '#kit/outcome.ts';
import type { BootFence } from './boot-fence.ts';

export interface LateFenceParts {
  /** Undefined where there is no state folder: then there is no register, either. */
  readonly options: FenceOptions | undefined;
  readonly fenced: BootFence;
  /** Told what was found, when it is something. */
  readonly onFound: (found: BootFence) => void;
}

/** The fence after boot, for what is mounted, or moved back, while the agent runs. */
export interface LateFence {
  /** What was done at boot and since. */
  readonly fenced: BootFence;
  /** What keeps the instance from being ready: something of another region that cannot be removed. */
  readonly fault: Fault | undefined;
  /**
   * Looks whether something came, and fences it. Costs one read of the mount table and one look at each path that is missing,
   * unless something did. @param certainly to be given after a mount of our own.
   */
  check(certainly?: boolean): Promise<Retry | Fail | undefined>;
}

/** More paths than this are looked at in turns: a tick costs the same, however much is away. */
const LOOKS = 200;

export function createLateFence({ options, fenced: atBoot, onFound }: LateFenceParts): LateFence {
  let fenced = atBoot;
  let held: Retry | Fail | undefined;
  let table = atBoot.mounted;
  let missing: readonly string[] | undefined;
  let turn = 0;
  let last: Promise<unknown> = Promise.resolve();

  const hasCome = async (): Promise<boolean> => {
    const now = await readFile(options?.mountTable ?? MOUNT_TABLE, 'utf8').catch(() => '');
    const isChanged = table !== now;
    table = now;
    if (isChanged) return true;
    missing ??= await firstMissing(fenced.awaited);
    const looked = missing.slice(turn, turn + LOOKS);
    turn = turn + LOOKS < missing.length ? turn + LOOKS : 0;
    for (const path of looked) if (await isThere(path)) return true;
    return false;
  };

  const look = async (certainly: boolean): Promise<Retry | Fail | undefined> => {
    if (!options) return undefined;
    // In this order: what is mounted between the two is seen by the next look.
    const came = await hasCome();
    if (!came && !certainly && !held) return undefined;
    const outcome = await fenceMounted(options);
    if (outcome.kind !== 'ok') {
      held = outcome;
      return held;
    }
    held = undefined;
    const { removed, awaited, copies } = outcome.value;
    missing = await firstMissing(awaited);
    if (removed.length > 0) onFound({ ...fenced, removed, awaited });
    fenced = {
      ...fenced,
      removed: [...fenced.removed, ...removed].slice(-KEPT),
      awaited,
      copies: [...new Set([...fenced.copies, ...copies])],
    };
    return undefined;
  };

  return {
    get fenced() {
      return fenced;
    },
    get fault() {
      return held?.fault;
    },
    check(certainly = false) {
      const looking = last.then(() => look(certainly));
      last = looking.catch(() => {});
      return looking;
    },
  };
}

/** What `status` shows at most. */
const KEPT = 1000;

/** For each path the outermost part of it that is not there: when that comes, the path may have come. */
async function firstMissing(paths: readonly string[]): Promise<readonly string[]> {
  const found = new Set<string>();
  const known = new Map<string, boolean>();
  for (const path of paths) {
    let at = path;
    for (let up = dirname(at); up !== at; up = dirname(at)) {
      const isUpThere = known.get(up) ?? (await isThere(up));
      known.set(up, isUpThere);
      if (isUpThere) break;
      at = up;
    }
    found.add(at);
  }
  return [...found];
}
