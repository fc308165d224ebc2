import { fail, ok, type Outcome } from '#kit/outcome.ts';
import type { DeploySpec } from './deploy-spec.ts';
import type { Deployed } from './deployed-record.ts';

export type DeployDecision =
  | { readonly kind: 'nothing' }
  /** `leave`: what has to be undeployed first, for the directory is another one. */
  | { readonly kind: 'deploy'; readonly wish: DeploySpec; readonly leave: Deployed | undefined }
  | { readonly kind: 'undeploy'; readonly deployed: Deployed };

/**
 * What the wish means for what is deployed.
 * @param link the version that `current` leads to in the directory of the record.
 */
export function decideDeployment(
  wish: DeploySpec | undefined,
  deployed: Deployed | undefined,
  link: string | undefined,
): Outcome<DeployDecision> {
  if (wish === undefined) {
    const isDeployed = deployed && (deployed.current !== null || deployed.unsettled);
    return ok(isDeployed ? { kind: 'undeploy', deployed } : { kind: 'nothing' });
  }
  if (deployed === undefined) return ok({ kind: 'deploy', wish, leave: undefined });
  if (deployed.directory !== wish.directory) return ok({ kind: 'deploy', wish, leave: deployed });
  const { version, sha256 } = wish;
  const known = deployed.kept.find((kept) => kept.version === version);
  if (known && known.sha256 !== sha256 && !known.undeployed) {
    return fail({
      code: 'LF_DEPLOY',
      operation: 'deploy',
      subject: version,
      cause: 'it was deployed here with another digest',
      hint: 'A version is one content for good: give the new content a new version.',
    });
  }
  const isSettled = deployed.current === version && !deployed.unsettled && link === version;
  return ok(isSettled ? { kind: 'nothing' } : { kind: 'deploy', wish, leave: undefined });
}
