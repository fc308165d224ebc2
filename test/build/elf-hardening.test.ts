import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { describeHardening, hardeningOf } from '#scripts/build/elf-hardening.ts';

/** Undefined where there is no C compiler. */
function compiled(...flags: string[]): Buffer | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'landfall-elf-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  writeFileSync(
    join(folder, 'a.c'),
    'int main(int c, char **v) { char b[64]; b[c] = v[0][0]; return b[c + 1]; }\n',
  );
  try {
    execFileSync('cc', [...flags, '-o', join(folder, 'a'), join(folder, 'a.c')], { stdio: 'ignore' });
    return readFileSync(join(folder, 'a'));
  } catch {
    return undefined;
  }
}

const HARD = ['-fPIE', '-pie', '-fstack-protector-all', '-Wl,-z,relro,-z,now,-z,noexecstack'];
const SOFT = ['-no-pie', '-fno-stack-protector', '-Wl,-z,norelro,-z,lazy,-z,execstack'];

it('tells what a compiler was asked for', ({ skip }) => {
  const [hard, soft, partial] = [
    compiled(...HARD),
    compiled(...SOFT),
    compiled('-no-pie', '-Wl,-z,relro,-z,lazy'),
  ];
  if (!hard || !soft || !partial) {
    skip('there is no C compiler here');
    return;
  }
  expect(hardeningOf(hard)).toEqual({ pie: true, relro: 'full', nx: true, canary: true });
  expect(hardeningOf(soft)).toEqual({ pie: false, relro: 'none', nx: false, canary: false });
  expect(hardeningOf(partial).relro).toBe('partial');
});

it('of Node, and so of the executables, is what docs/supply-chain.md says', () => {
  const said = describeHardening(readFileSync(process.execPath));
  expect(readFileSync('docs/supply-chain.md', 'utf8')).toContain(`| ${process.arch} | ${said} |`);
});
