import type { HostRoot } from '../base/host-root.ts';
import { isPresent, isThere, namesRegion, setsVariables } from '../base/judges.ts';
import type { Disk } from '../base/disk.ts';
import type { Check } from '../base/place.ts';
import type { View } from '../base/view.ts';
import { withoutLine } from './start-files.ts';

const INSTANCES = '/var/lib/cloud/instances';
/** What the command does, where it cannot be asked. */
function clean({ isOwn, at }: Disk): string {
  if (isOwn) return 'cloud-init clean --logs';
  const cloud = at('/var/lib/cloud');
  return `rm -rf ${cloud}/{instance,instances,data,handlers,sem} ${cloud}/scripts/* ${at('/var/log')}/cloud-init*.log`;
}

/** cloud-init's settings, and what it keeps of the instances this disk has been. */
export const CLOUD_INIT: Check = {
  name: 'cloud-init',
  clean: 'no settings of another region and no cache of another instance',
  places: [
    {
      paths: ['/etc/cloud/cloud.cfg', '/etc/cloud/cloud.cfg.d/*.cfg', '/var/lib/cloud/seed/**/*'],
      judge: setsVariables,
      weight: 'follows',
      wayOut: withoutLine,
    },
    {
      paths: [`${INSTANCES}/*`],
      only: 'image',
      judge: isPresent('is the cache of an instance, user data included'),
      weight: 'instance',
      wayOut: (_path, _sign, disk) => clean(disk),
    },
    {
      // Its scripts run at each boot.
      paths: (_root, { instanceId }) => (instanceId === undefined ? [] : [`${INSTANCES}/${instanceId}/**/*`]),
      only: 'host',
      judge: setsVariables,
      weight: 'follows',
      wayOut: (path, { region }) =>
        `The user data or metadata of this instance says ${region ?? 'so'}: launch it with other user data; see ${path}`,
    },
    {
      paths: otherInstances,
      only: 'host',
      judge: isPresent('is the cache of another instance, user data included'),
      weight: 'names',
      wayOut: (path) => `rm -r ${path}`,
    },
    {
      paths: (root, view) => otherInstances(root, view).map((folder) => `${folder}/**/*`),
      only: 'host',
      judge: namesRegion,
      weight: 'names',
      wayOut: (path) => `rm ${path}`,
    },
    {
      paths: ['/var/lib/cloud/data/*', '/var/lib/cloud/handlers/*', '/var/lib/cloud/scripts/**/*'],
      judge: namesRegion,
      weight: 'names',
      wayOut: (_path, _sign, disk) => clean(disk),
    },
    {
      paths: ['/var/lib/cloud/data/instance-id', '/var/lib/cloud/data/previous-datasource'],
      only: 'image',
      judge: isThere('is left of an instance'),
      weight: 'instance',
      wayOut: (_path, _sign, disk) => clean(disk),
    },
  ],
};

/** None where nobody knows which instance this is. */
function otherInstances(root: HostRoot, { instanceId }: View): readonly string[] {
  if (instanceId === undefined) return [];
  return root.find(`${INSTANCES}/*`).filter((folder) => folder !== `${INSTANCES}/${instanceId}`);
}
