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
      // What yum calls `mysql` may be provided by a package of another name; what it calls `glibc.i686` provides no such name.
      const queries: readonly (readonly string[])[] =
        spec === name ? [['--whatprovides', name], [name]] : [[spec]];
      for (const query of queries) {
        const result = await runChild(run, place, ['rpm', '-q', '--quiet', ...query]);
        const code = finished(run, place, 'rpm', result);
        if (code.kind !== 'ok') return code;
        if (code.value === 0) return ok(true);
      }
      return ok(false);
    },

    refresh: undefined,
    install: [program, '-y', 'install'],
    environment: {},
  };
}
