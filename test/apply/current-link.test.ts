import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { currentVersion, pointCurrent, removeCurrent } from '#agent/apply/deploy/current-link.ts';
import { openCommandHost } from '../support/command-host.ts';

it('a reader finds one version or the other while `current` moves, never none', async () => {
  await using commands = await openCommandHost();
  const { folder } = commands;
  for (const version of ['1', '2']) await mkdir(`${folder}/versions/${version}`, { recursive: true });
  await pointCurrent(folder, '1');
  const line = 'echo up; while [ ! -e stop ]; do [ -d current ] || echo gone; done';
  const reader = spawn('/bin/sh', ['-c', line], { cwd: folder, stdio: ['ignore', 'pipe', 'ignore'] });
  let seen = '';
  reader.stdout.on('data', (chunk) => (seen += String(chunk)));
  const closed = once(reader, 'close');
  await once(reader.stdout, 'data');
  for (let move = 0; move < 300; move += 1) await pointCurrent(folder, String(1 + (move % 2)));
  await writeFile(`${folder}/stop`, '');
  await closed;
  expect(seen).toBe('up\n');
  expect(await currentVersion(folder)).toBe('2');
});

it('what leads nowhere, elsewhere or is no link is no version', async () => {
  await using commands = await openCommandHost();
  const { folder } = commands;
  expect(await currentVersion(folder)).toBeUndefined();
  await pointCurrent(folder, 'gone');
  expect(await currentVersion(folder)).toBeUndefined();
  await pointCurrent(folder, '../etc');
  expect(await currentVersion(folder)).toBeUndefined();
  await removeCurrent(folder);
  await mkdir(`${folder}/current`);
  expect(await currentVersion(folder)).toBeUndefined();
});
