import { spawnSync } from 'node:child_process';
import { networkInterfaces } from 'node:os';

/** Whether this process can reach nothing but itself. */
export function isAlone(): boolean {
  return Object.values(networkInterfaces()).every((addresses = []) =>
    addresses.every(({ internal }) => internal),
  );
}

/**
 * Runs this script again in a network namespace with loopback only: no shipper may look for a metadata service, a
 * region or a resolver of the machine it is measured on. @returns the exit code.
 */
export function runAlone(): number {
  const up = 'ip link set lo up && exec "$@"';
  const { status, error } = spawnSync(
    'unshare',
    ['--net', 'sh', '-c', up, 'sh', process.execPath, ...process.argv.slice(1)],
    { stdio: 'inherit' },
  );
  if (error) throw new Error(`needs unshare(1): ${error.message}`);
  return status ?? 2;
}
