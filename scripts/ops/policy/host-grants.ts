import type { ClaimTag } from '#agent/plan/plan.ts';
import type { Condition, Grant } from './grant.ts';
import { arnOf, inRegion, type Needs } from './needs.ts';

/** Tags, addresses and volumes, and whom an instance tells that it comes and goes. */
export function hostGrants(needs: Needs): readonly Grant[] {
  const { plan, describesTags } = needs;
  return [
    ...(describesTags ? [anywhere(needs, 'ReadTags', 'ec2:DescribeTags')] : []),
    ...(plan.claims.address === undefined ? [] : addressGrants(needs, plan.claims.address.tag)),
    ...(plan.claims.volumes.length === 0 ? [] : volumeGrants(needs)),
    ...signalGrants(needs),
  ];
}

function addressGrants(needs: Needs, tag: ClaimTag): readonly Grant[] {
  const actions = ['ec2:AssociateAddress', 'ec2:DisassociateAddress'];
  return [
    anywhere(needs, 'FindAddresses', 'ec2:DescribeAddresses'),
    { purpose: 'ClaimAddress', actions, resources: ec2(needs, 'elastic-ip'), condition: tagged(tag) },
    { purpose: 'TakeAddress', actions, resources: ec2(needs, 'instance', 'network-interface') },
  ];
}

function volumeGrants(needs: Needs): readonly Grant[] {
  const actions = ['ec2:AttachVolume'];
  return [
    anywhere(needs, 'FindVolumes', 'ec2:DescribeVolumes'),
    ...needs.plan.claims.volumes.map(({ tag }) => ({
      purpose: 'ClaimVolumes',
      actions,
      resources: ec2(needs, 'volume'),
      condition: tagged(tag),
    })),
    { purpose: 'TakeVolumes', actions, resources: ec2(needs, 'instance') },
  ];
}

function signalGrants(needs: Needs): readonly Grant[] {
  const { launchHook, terminationHook, cloudFormation } = needs.plan.signals;
  const grants: Grant[] = [];
  if (launchHook !== undefined || terminationHook !== undefined) {
    const actions = ['autoscaling:CompleteLifecycleAction'];
    // Leaving takes longer than a hook waits, which is asked about.
    if (terminationHook !== undefined) actions.push('autoscaling:RecordLifecycleActionHeartbeat');
    const group = `autoScalingGroup:*:autoScalingGroupName/${needs.group}`;
    grants.push(
      { purpose: 'CompleteHooks', actions, resources: [arnOf(needs, 'autoscaling', group)] },
      anywhere(
        needs,
        'FindGroup',
        'autoscaling:DescribeAutoScalingInstances',
        'autoscaling:DescribeLifecycleHooks',
      ),
    );
  }
  if (cloudFormation !== undefined)
    grants.push({
      purpose: 'SignalStack',
      actions: ['cloudformation:SignalResource'],
      resources: [arnOf(needs, 'cloudformation', `stack/${cloudFormation.stack}/*`)],
    });
  return grants;
}

/** For actions that know no resources: no other region answers to them. */
function anywhere(needs: Needs, purpose: string, ...actions: readonly string[]): Grant {
  return { purpose, actions, resources: ['*'], condition: inRegion(needs) };
}

function ec2(needs: Needs, ...kinds: readonly string[]): readonly string[] {
  return kinds.map((kind) => arnOf(needs, 'ec2', `${kind}/*`));
}

function tagged({ name, value }: ClaimTag): Condition {
  return { StringEquals: { [`aws:ResourceTag/${name}`]: [value] } };
}
