import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { VERSION } from '#agent/version.ts';
import { findProgram } from '../bench/program.ts';
import { hostArch } from './executable.ts';
import { makePackages } from './packages.ts';

/** `npm run package`, after `npm run build`: dist/packages. */
const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

const nfpm = process.env['NFPM'] ?? findProgram('nfpm');
if (nfpm === undefined)
  console.error(
    'nfpm is missing, so there will be tarballs and neither .deb nor .rpm: go install github.com/goreleaser/nfpm/v2/cmd/nfpm@v2.45.2',
  );
const dist = join(ROOT, 'dist');
const output = join(dist, 'packages');
for (const name of makePackages({ root: ROOT, dist, output, version: VERSION, nfpm, host: hostArch() }))
  console.log(`dist/packages/${name}`);
