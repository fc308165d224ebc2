import { groupPrefix } from '#agent/membership/member.ts';
import { isStoreLayer } from '#config-service';
import type { Grant } from './grant.ts';
import type { Needs } from './needs.ts';

/** Digits of a SHA-256: an object of a release is called by it. */
const ANY_DIGEST = '?'.repeat(64);
const RANGES = ['ip-ranges.packed', 'ip-ranges.json', 'ip-ranges.json.gz'];

/** What is read and written where the configuration lies, and what a plan fetches from S3. */
export function sourceGrants(needs: Needs): readonly Grant[] {
  const { source, layout, plan, facts, wild, objects } = needs;
  const grants: Grant[] = [];
  if (source.kind === 's3') {
    const bucket = `arn:${facts.partition}:s3:::${wild(source.bucket)}`;
    const below = (path: string): string => wild(source.prefix === '' ? path : `${source.prefix}/${path}`);
    const object = (path: string): string => `${bucket}/${below(path)}`;
    const list = (purpose: string, paths: readonly string[]): Grant => ({
      purpose,
      actions: ['s3:ListBucket'],
      resources: [bucket],
      condition: { StringLike: { 's3:prefix': paths.map(below) } },
    });
    const folders = needs.layers.filter((name) => !isStoreLayer(name));
    const trees = layout === 'release' ? [] : folders.map((name) => `${name}/*`);
    const released = layout === 'tree' ? [] : releasedObjects(folders);
    const pointer = layout === 'tree' ? [] : ['current.json'];
    grants.push({
      purpose: 'ReadOwnLayers',
      actions: ['s3:GetObject'],
      resources: [...pointer, ...released, ...trees].map(object),
    });
    // S3 tells what is absent from what is denied only to who may list it.
    grants.push(list('TellAbsentFromDenied', [...pointer, ...trees, ...released]));
    if (layout !== 'tree') grants.push(write('ReportHealth', [object('health/*')]));
    if (needs.readsRanges) {
      grants.push({ purpose: 'ReadAddressRanges', actions: ['s3:GetObject'], resources: RANGES.map(object) });
      grants.push(list('LookForAddressRanges', RANGES));
    }
    if (plan.scripts.some(({ when }) => when === 'fleet')) {
      const { environment } = facts;
      const turns = `fleet/${environment === undefined ? 'any' : `environment/${encodeURIComponent(environment)}`}/*`;
      const actions = ['s3:GetObject', 's3:PutObject'];
      grants.push({ purpose: 'TakeTurns', actions, resources: [object(turns)] });
    }
    if (plan.peers !== undefined) {
      const { role = facts.role, environment = facts.environment } = plan.peers;
      const own = groupPrefix({ role: facts.role, environment: facts.environment });
      grants.push(write('TellPeers', [object(`${own}*`)]));
      grants.push(list('ListPeers', [`${groupPrefix({ role, environment })}*`]));
    }
    if (plan.claims.address !== undefined || plan.claims.volumes.length > 0)
      grants.push({ purpose: 'ReadSwaps', actions: ['s3:GetObject'], resources: [object('swaps/*')] });
  }
  const resources = objects.map((url) => `arn:${facts.partition}:s3:::${wild(url.slice('s3://'.length))}`);
  if (resources.length > 0) grants.push({ purpose: 'FetchObjects', actions: ['s3:GetObject'], resources });
  return grants;
}

function write(purpose: string, resources: readonly string[]): Grant {
  return { purpose, actions: ['s3:PutObject'], resources };
}

/** `role/web` has what is below `role/web/environment/prod` below it, too, unless no more than a digest may follow. */
function releasedObjects(layers: readonly string[]): readonly string[] {
  return layers.map((name) => {
    const holdsOther = layers.some((other) => other.startsWith(`${name}/`));
    return `objects/${name}/${holdsOther ? ANY_DIGEST : '*'}`;
  });
}
