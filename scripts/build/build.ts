import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleProgram, PROGRAMS, type Program } from './bundle.ts';
import { describeHardening } from './elf-hardening.ts';
import { hostArch, makeCodeCaches, makeExecutable } from './executable.ts';
import { describeContents } from './contents.ts';
import { nodeRuntime, type Arch } from './runtime.ts';

/**
 * `npm run build`: each program as one executable that needs no Node. The recipe and its traps were measured
 * (docs/decisions/0003-single-binary.md): ES builds of the SDK, code cache made by the same Node, strip before inject.
 * The same commit gives the same digest: no time, path or host goes in.
 */
const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const DIST = join(ROOT, 'dist');
const WORK = join(ROOT, '.cache', 'build');

async function main(): Promise<void> {
  const host = hostArch();
  const other: Arch = host === 'x64' ? 'arm64' : 'x64';
  const arches = process.argv.includes('--host-only') ? [host] : [host, other];
  rmSync(WORK, { recursive: true, force: true });
  mkdirSync(WORK, { recursive: true });
  mkdirSync(DIST, { recursive: true });
  const programs: (Program & { readonly name: string })[] = [];
  for (const program of PROGRAMS) {
    programs.push({ name: program.name, ...(await bundleProgram(ROOT, WORK, program)) });
  }
  for (const [name, text] of describeContents(ROOT, nodeRuntime(ROOT, host), programs)) {
    writeFileSync(join(DIST, name), text);
  }
  for (const program of programs) {
    const { script, parts, others } = program;
    const caches = makeCodeCaches(ROOT, program);
    for (const arch of arches) {
      const output = join(DIST, arch === host ? program.name : `${program.name}-${arch}`);
      const assets = { ...parts, ...(arch === host ? caches : {}), ...others };
      await makeExecutable(ROOT, { script, assets }, arch, output);
      report(output, arch);
    }
  }
}

function report(output: string, arch: Arch): void {
  const content = readFileSync(output);
  const digest = createHash('sha256').update(content).digest('hex');
  const size = `${(content.length / 1e6).toFixed(1)} MB`;
  console.log(
    `${output.slice(ROOT.length + 1).padEnd(24)} ${arch.padEnd(6)} ${size.padStart(9)}  sha256 ${digest}`,
  );
  console.log(`  hardening: ${describeHardening(content)}`);
}

await main();
