import { ok } from '#kit/outcome.ts';
import { finished, runChild } from './child.ts';
import type { Manager } from './package-manager.ts';
import { newestRpmVersion } from './rpm-version.ts';

export function yumManager(program: 'yum' | 'dnf'): Manager {
  return {
    // Only one version of a package can be there: the newest that is named, as with cfn-init.
    specsOf: (name, versions) => {
      const newest = newestRpmVersion(versions);
      return [newest === undefined ? name : `${name}-${newest}`];
    },

    isInstalled: async (run, place, { name, spec }) => {
      // What yum calls `mysql` may be provided by a package of another name.
      const query = spec === name ? (['--whatprovides', name] as const) : [spec];
      const result = await runChild(run, place, ['rpm', '-q', '--quiet', ...query]);
      const code = finished(run, place, 'rpm', result);
      return code.kind === 'ok' ? ok(code.value === 0) : code;
    },

    refresh: undefined,
    install: [program, '-y', 'install'],
    environment: {},
  };
}
