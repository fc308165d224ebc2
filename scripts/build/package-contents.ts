/** A file of a package: where it comes from, where it goes. */
export interface PackagedFile {
  /** Absolute, or relative to the repository. */
  readonly from: string;
  /** Absolute. */
  readonly to: string;
  readonly mode: number;
  /** Belongs to whoever edits it: an upgrade leaves it as it is. */
  readonly isSettings?: true;
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
      { from: `${made}/${name}.zsh`, to: `/usr/share/zsh/vendor-completions/_${name}`, mode: 0o644 },
      { from: `${made}/${name}.fish`, to: `/usr/share/fish/vendor_completions.d/${name}.fish`, mode: 0o644 },
    ]),
    { from: `${made}/landfall.service`, to: '/usr/lib/systemd/system/landfall.service', mode: 0o644 },
    {
      from: 'userdata/landfall-ready.target',
      to: '/usr/lib/systemd/system/landfall-ready.target',
      mode: 0o644,
    },
    { from: 'packaging/agent.yaml', to: '/etc/landfall/agent.yaml', mode: 0o644, isSettings: true },
    { from: 'LICENSE', to: '/usr/share/doc/landfall/copyright', mode: 0o644 },
    { from: notices, to: '/usr/share/doc/landfall/THIRD-PARTY-NOTICES.txt', mode: 0o644 },
  ];
}

/** For nfpm, whose YAML may as well be JSON. `arch` as Go calls it. */
export function nfpmConfig(files: readonly PackagedFile[], version: string, arch: 'amd64' | 'arm64'): string {
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
    mtime: '2026-01-01T00:00:00Z',
    contents: files.map(({ from, to, mode, isSettings }) => ({
      src: from,
      dst: to,
      ...(isSettings ? { type: 'config|noreplace' } : {}),
      file_info: { mode, owner: 'root', group: 'root', mtime: '2026-01-01T00:00:00Z' },
    })),
    overrides: {
      deb: { depends: ['libc6 (>= 2.28)'] },
      rpm: { depends: ['glibc >= 2.28'] },
    },
    scripts: {
      postinstall: 'packaging/postinstall.sh',
      preremove: 'packaging/preremove.sh',
      postremove: 'packaging/postremove.sh',
    },
    rpm: { compression: 'zstd', buildhost: 'landfall' },
    deb: { compression: 'zstd' },
  });
}
