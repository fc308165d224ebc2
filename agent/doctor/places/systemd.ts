import type { HostRoot } from '../base/host-root.ts';
import { setsVariables } from '../base/judges.ts';
import type { Check } from '../base/place.ts';
import { withoutLine } from './start-files.ts';

/** systemd.unit(5), "System Unit Search Path" and "User Unit Search Path". */
const UNIT_FOLDERS = [
  '/etc/systemd',
  '/run/systemd',
  '/usr/local/lib/systemd',
  '/usr/lib/systemd',
  '/lib/systemd',
];

export const UNITS = UNIT_FOLDERS.flatMap((folder) =>
  ['system', 'user'].flatMap((kind) => [
    ...['service', 'socket', 'timer', 'mount', 'automount'].map((type) => `${folder}/${kind}/*.${type}`),
    `${folder}/${kind}/*.d/*.conf`,
  ]),
);

const MANAGER = UNIT_FOLDERS.flatMap((folder) =>
  ['system', 'user'].flatMap((kind) => [`${folder}/${kind}.conf`, `${folder}/${kind}.conf.d/*.conf`]),
);

export const SYSTEMD: Check = {
  name: 'systemd',
  clean: 'no unit, drop-in or environment file names a region',
  places: [
    {
      paths: [...UNITS, ...MANAGER],
      judge: setsVariables,
      weight: 'follows',
      wayOut: (path, sign, { isOwn }) =>
        `${withoutLine(path, sign)}${isOwn ? ' && systemctl daemon-reload' : ''}`,
    },
    { paths: environmentFiles, judge: setsVariables, weight: 'follows', wayOut: withoutLine },
  ],
};

/** What units name with `EnvironmentFile=`; a `-` before it says that it may be missing. */
function environmentFiles(root: HostRoot): readonly string[] {
  const files = UNITS.flatMap((pattern) => root.find(pattern)).flatMap((unit) => {
    const text = root.read(unit)?.toString('latin1') ?? '';
    return [...text.matchAll(/^\s*EnvironmentFile\s*=\s*-?"?(\/[^\s"]+)/gm)].map(([, path = '']) => path);
  });
  return [...new Set(files)];
}
