import { stat } from 'node:fs/promises';
import { argvOf } from '#agent/apply/interpreter.ts';
import { errnoOrText } from '#kit/errno.ts';
import { childFails } from '../across/child-run.ts';
import type { OpsContext } from '../context.ts';
import { bakeFault } from './bake-halt.ts';
import type { BakeRequest } from './bake-request.ts';
import type { RootKeeper } from './image-root.ts';

/** A root that somebody else has mounted, and unmounts: nothing is mounted or changed around it. */
export function givenRoot(
  path: string,
  provision: BakeRequest['provision'] | undefined,
  context: Pick<OpsContext, 'env' | 'err' | 'clock'>,
): RootKeeper {
  const argv = provision && argvOf(provision.content, provision.path);
  const env = { ...context.env, LANDFALL_ROOT: path };
  return {
    course: provision ? [`run ${provision.path} in ${path}`] : [],
    unready: async () => {
      const cause = await stat(path).then(
        (status) => (status.isDirectory() ? undefined : 'it is no folder'),
        errnoOrText,
      );
      if (cause === undefined) return undefined;
      return bakeFault('LF_BAKE_BUILDER', `--root ${path}`, cause, 'Mount the root of the image there.');
    },
    open: () =>
      Promise.resolve({
        path,
        provision: async (patience) =>
          argv && (await childFails({ argv, cwd: path, env, endsRest: true }, patience, context)),
        close: () => Promise.resolve(),
      }),
    leave: () => Promise.resolve(),
  };
}
