import { readlink } from 'node:fs/promises';
import { CONFIG_TREE, type Generation } from '#config-service';
import { ok } from '#kit/outcome.ts';
import { NOTHING_RENDERED, type Applier, type ApplyOrder } from '../configuration/applier.ts';

/**
 * The applier of the plan, with the configuration as files in the run folder around it: they are written before anything is done, change
 * with what readers of the API see, and go back with it.
 */
export function withConfigTree(applier: Applier, runDir: string): Applier {
  let inPlace: string | undefined;
  return {
    // Also what changed nothing for the plan.
    concerns: () => true,
    apply: async (order, signal) => {
      const { stageConfigTree } = await import('../../apply/targets/config-tree.ts');
      const { next } = order;
      const content = contentOf(next);
      const staged = content === inPlace ? ok(undefined) : await stageConfigTree(runDir, next);
      if (staged.kind !== 'ok') return staged;
      const tree = staged.value;
      const around: ApplyOrder = {
        ...order,
        flip: (rendered) => {
          tree?.flip();
          order.flip(rendered);
        },
        flipBack: () => {
          tree?.flipBack();
          order.flipBack();
        },
      };
      try {
        const applied = applier.concerns(next, order.layers)
          ? await applier.apply(around, signal)
          : ok(nothingElse(around));
        if (applied.kind === 'ok') inPlace = content;
        return applied;
      } finally {
        // Of what did not come into effect nothing stays: it may be tried again for ever.
        await tree?.settle();
      }
    },
  };
}

/** Where it is turned off, what an agent left that had it on goes: nobody keeps it up to date any more. */
export async function clearConfigTree(runDir: string): Promise<void> {
  const left = await readlink(`${runDir}/${CONFIG_TREE.link}`).catch(() => undefined);
  if (left === undefined) return;
  const { removeConfigTree } = await import('../../apply/targets/config-tree.ts');
  await removeConfigTree(runDir);
}

function nothingElse({ flip }: ApplyOrder): readonly never[] {
  flip(NOTHING_RENDERED);
  return [];
}

/** Which values, and which of them are secrets: that is the mode of a file. */
function contentOf({ digest, effective }: Generation): string {
  const secrets = [...effective.values()].filter(({ masked }) => masked !== undefined);
  return [digest, ...secrets.map(({ key }) => key)].join('\n');
}
