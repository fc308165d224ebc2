/** A file of a package: where it comes from, where it goes. */
export interface PackagedFile {
  /** Absolute, or relative to the repository. */
  readonly from: string;
  /** Absolute. */
  readonly to: string;
  readonly mode: number;
  /** Belongs to whoever edits it: an upgrade leaves it as it is. */
  readonly isSettings?: true;
  /** Where an rpm has it instead. */
  readonly rpmTo?: string;
}

export const PROGRAMS = ['landfall', 'landfall-ops'] as const;

/**
 * What every package has, whatever its form.
 * @param made folder in which `makeTexts` has put what the programs print, and the unit.
 * @param programs by name, the executable of the architecture.
 */
export function packageContents(
  made: string,
  programs: Readonly<Record<string, string>>,
  notices: string,
): readonly PackagedFile[] {
  return [
    ...PROGRAMS.flatMap((name): readonly PackagedFile[] => [
      { from: programs[name] ?? '', to: `/usr/bin/${name}`, mode: 0o755 },
      { from: `${made}/${name}.1.gz`, to: `/usr/share/man/man1/${name}.1.gz`, mode: 0o644 },
      { from: `${made}/${name}.bash`, to: `/usr/share/bash-completion/completions/${name}`, mode: 0o644 },
      {
        from: `${made}/${name}.zsh`,
        to: `/usr/share/zsh/vendor-completions/_${name}`,
        mode: 0o644,
        // The zsh of Fedora and its kin looks nowhere else.
        rpmTo: `/usr/share/zsh/site-functions/_${name}`,
      },
      { from: `${made}/${name}.fish`, to: `/usr/share/fish/vendor_completions.d/${name}.fish`, mode: 0o644 },
    ]),
    { from: `${made}/landfall.service`, to: '/usr/lib/systemd/system/landfall.service', mode: 0o644 },
    {
      from: 'userdata/landfall-ready.target',
      to: '/usr/lib/systemd/system/landfall-ready.target',
      mode: 0o644,
    },
    { from: 'packaging/sysusers.conf', to: '/usr/lib/sysusers.d/landfall.conf', mode: 0o644 },
    { from: 'packaging/without-root.conf', to: '/usr/share/landfall/without-root.conf', mode: 0o644 },
    { from: 'packaging/agent.yaml', to: '/etc/landfall/agent.yaml', mode: 0o644, isSettings: true },
    { from: 'LICENSE', to: '/usr/share/doc/landfall/copyright', mode: 0o644 },
    { from: notices, to: '/usr/share/doc/landfall/THIRD-PARTY-NOTICES.txt', mode: 0o644 },
  ];
}

export interface NfpmRequest {
  readonly version: string;
  /** As Go calls it. */
  readonly arch: 'amd64' | 'arm64';
  /** As little as the form allows: what is installed at once and thrown away takes seconds, not a minute. */
  readonly uncompressed: boolean;
  readonly gpgKey: string | undefined;
}

/** dpkg removes a folder that it leaves empty; rpm one that a package owns, and several may. */
const RPM_FOLDERS = [
  '/etc/landfall',
  '/usr/lib/sysusers.d',
  '/usr/share/doc/landfall',
  '/usr/share/fish',
  '/usr/share/fish/vendor_completions.d',
  '/usr/share/landfall',
  '/usr/share/zsh',
  '/usr/share/zsh/site-functions',
];

/** What the executables are linked with, as dpkg calls it, and as rpm finds it in whatever package a distribution has it. */
const DEB_NEEDS = ['libc6 (>= 2.28)', 'libgcc-s1 | libgcc1', 'libstdc++6 (>= 5)'];
const RPM_NEEDS = [
  'libc.so.6(GLIBC_2.28)(64bit)',
  'libgcc_s.so.1()(64bit)',
  'libstdc++.so.6(GLIBCXX_3.4.21)(64bit)',
];

const MTIME = '2026-01-01T00:00:00Z';

/** For nfpm, whose YAML may as well be JSON. */
export function nfpmConfig(files: readonly PackagedFile[], request: NfpmRequest): string {
  const { version, arch, uncompressed, gpgKey } = request;
  const signed = gpgKey === undefined ? {} : { signature: { key_file: gpgKey } };
  return JSON.stringify({
    name: 'landfall',
    arch,
    platform: 'linux',
    version,
    section: 'admin',
    priority: 'optional',
    maintainer: 'Landfall <landfall@localhost>',
    description: 'Makes every EC2 instance a citizen of the region it landed in.',
    license: 'Apache-2.0',
    // The same commit gives the same package.
    mtime: MTIME,
    contents: [
      ...files.flatMap(({ from, to, mode, isSettings, rpmTo }) => {
        const entry = {
          src: from,
          ...(isSettings ? { type: 'config|noreplace' } : {}),
          file_info: ownedByRoot(mode),
        };
        if (rpmTo === undefined) return [{ ...entry, dst: to }];
        return [
          { ...entry, dst: to, packager: 'deb' },
          { ...entry, dst: rpmTo, packager: 'rpm' },
        ];
      }),
      ...RPM_FOLDERS.map((dst) => ({ dst, type: 'dir', packager: 'rpm', file_info: ownedByRoot(0o755) })),
    ],
    overrides: { deb: { depends: DEB_NEEDS }, rpm: { depends: RPM_NEEDS } },
    scripts: {
      postinstall: 'packaging/postinstall.sh',
      preremove: 'packaging/preremove.sh',
      postremove: 'packaging/postremove.sh',
    },
    rpm: { compression: uncompressed ? 'zstd:fastest' : 'zstd', buildhost: 'landfall', ...signed },
    // dpkg knows zstd from 1.21.18 on, and so not on Debian 11.
    deb: { compression: uncompressed ? 'none' : 'gzip', ...signed },
  });
}

function ownedByRoot(mode: number) {
  return { mode, owner: 'root', group: 'root', mtime: MTIME };
}
