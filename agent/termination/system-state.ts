const PATIENCE_MS = 2000;

/**
 * Whether the machine goes down, and not only this service. systemd says `stopping` as soon as shutdown.target is wanted,
 * which is before it stops the first unit. False without systemd: then nobody can tell.
 * @param path of programs, as in the environment.
 */
export async function isSystemStopping(path: string | undefined): Promise<boolean> {
  // Only at the end of the agent: it need not be resident.
  const { execFile } = await import('node:child_process');
  const env = { PATH: path ?? '/usr/bin:/bin', LC_ALL: 'C' };
  const options = { env, timeout: PATIENCE_MS, killSignal: 'SIGKILL' } as const;
  return new Promise((resolve) => {
    // It prints the state and exits with 1 for every one but `running`.
    execFile('systemctl', ['is-system-running'], options, (_error, stdout) => {
      resolve(stdout.trim() === 'stopping');
    });
  });
}
