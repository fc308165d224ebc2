import { isAbsolute, join, resolve } from 'node:path';
import type { OpsContext } from '../console/context.ts';
import { usage } from '../console/options.ts';

/**
 * Where journals lie: --state-dir, `LANDFALL_OPS_STATE_DIR`, else by the XDG Base Directory Specification, which has a path
 * that is not absolute ignored. Nothing is made here. @throws LandfallError `LF_USAGE` when there is no home either.
 */
export function stateFolderOf(flag: string | undefined, env: OpsContext['env']): string {
  const chosen = flag ?? env['LANDFALL_OPS_STATE_DIR'];
  if (chosen) return resolve(chosen);
  const xdg = env['XDG_STATE_HOME'];
  if (xdg && isAbsolute(xdg)) return join(xdg, 'landfall-ops');
  const home = env['HOME'];
  if (home) return join(home, '.local', 'state', 'landfall-ops');
  throw usage(
    '--state-dir',
    'HOME is not set, so there is no place for the journal',
    'Name a folder that outlives this command.',
  );
}
