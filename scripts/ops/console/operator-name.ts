import type { OpsContext } from './context.ts';

/** Set by pipelines for whoever started them, then by a login. */
const NAMES = ['GITHUB_ACTOR', 'GITLAB_USER_LOGIN', 'BUILD_USER_ID', 'SUDO_USER', 'USER', 'LOGNAME'];

/** What the environment says of who is at work, for the record of a region: nobody proves it. */
export function operatorName({ env }: Pick<OpsContext, 'env'>): { readonly by?: string } {
  const by = NAMES.map((name) => env[name]).find((name) => name !== undefined && name !== '');
  return by === undefined ? {} : { by };
}
