import { ok } from '#kit/outcome.ts';
import { capture } from './child.ts';
import type { Manager } from './package-manager.ts';

/** Seconds. A new instance updates itself at the same time (apt-daily, unattended-upgrades). */
const WAITING = ['-o', 'DPkg::Lock::Timeout=600'] as const;

/** A configuration file that is there already stays, as with cloud-init: nobody is there to be asked. */
const KEEPING = ['-o', 'Dpkg::Options::=--force-confdef', '-o', 'Dpkg::Options::=--force-confold'] as const;

export const aptManager: Manager = {
  specsOf: (name, versions) =>
    versions.length === 0 ? [name] : versions.map((version) => `${name}=${version}`),

  isInstalled: async (run, place, { name, spec }) => {
    const query = ['dpkg-query', '-W', '-f', '${db:Status-Status}|${Version}\\n', name] as const;
    const found = await capture(run, place, query);
    if (found.kind !== 'ok') return found;
    const version = spec.slice(name.length + 1);
    // The version that is asked for may leave out the revision, as with cfn-init.
    return ok(found.value.output.split('\n').some((line) => line.startsWith(`installed|${version}`)));
  },

  // A new instance has the lists of the day its image was made, or none.
  refresh: ['apt-get', '-q', ...WAITING, 'update'],
  install: ['apt-get', '-q', '-y', ...WAITING, ...KEEPING, '--allow-downgrades', 'install', '--'],
  // Of the lists, for which apt has no such option: whatever language it says that in.
  isLocked: (tail) => tail.includes('/lists/lock'),
  environment: { DEBIAN_FRONTEND: 'noninteractive' },
};
