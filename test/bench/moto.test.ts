import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { startMoto } from '../support/moto.ts';
import { until } from '../support/patience.ts';

it('ends with the shim that started it: a version switcher may put one before any program', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'landfall-shim-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const shim = join(folder, 'moto_server');
  const started = join(folder, 'started');
  // The server is a child of it, and not what it becomes.
  writeFileSync(
    shim,
    `#!/bin/sh\nsleep 600 </dev/null >/dev/null 2>&1 &\necho $! > ${started}\necho 'Running on http://127.0.0.1' >&2\nwait\n`,
  );
  chmodSync(shim, 0o755);
  const moto = await startMoto({}, shim);
  const server = Number(readFileSync(started, 'utf8'));
  expect(isThere(server)).toBe(true);
  await moto?.stop();
  await until(() => !isThere(server));
});

/** One that has ended and that nobody has waited for is none. */
function isThere(pid: number): boolean {
  const status = `/proc/${pid}/status`;
  return existsSync(status) && !readFileSync(status, 'utf8').includes('State:\tZ');
}
