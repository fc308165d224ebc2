import { ok } from '#kit/outcome.ts';
import { capture } from './child.ts';
import type { Manager } from './package-manager.ts';

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
  refresh: ['apt-get', '-q', 'update'],
  install: ['apt-get', '-q', '-y', '--allow-downgrades', 'install', '--'],
  environment: { DEBIAN_FRONTEND: 'noninteractive' },
};
