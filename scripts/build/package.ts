import { readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { VERSION } from '#agent/version.ts';
import { findProgram } from '../bench/program.ts';
import { hostArch } from './executable.ts';
import { makePackages } from './packages.ts';
import { signSums } from './sums-signature.ts';

/** `npm run package -- [--sign KEY] [--gpg KEY]`, after `npm run build`: dist/packages. */
const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

const { sign, gpg } = parseArgs({ options: { sign: { type: 'string' }, gpg: { type: 'string' } } }).values;
const nfpm = process.env['NFPM'] ?? findProgram('nfpm');
if (nfpm === undefined)
  console.error(
    'nfpm is missing, so there will be tarballs and neither .deb nor .rpm: go install github.com/goreleaser/nfpm/v2/cmd/nfpm@v2.45.2',
  );
// Before a minute of packing: a key that cannot be read is told of at once.
const pem = sign === undefined ? undefined : readFileSync(sign, 'utf8');
const gpgKey = gpg === undefined ? undefined : resolve(gpg);
if (gpgKey !== undefined) readFileSync(gpgKey);
const dist = join(ROOT, 'dist');
const output = join(dist, 'packages');
const host = hostArch();
const names = makePackages({ root: ROOT, dist, output, version: VERSION, nfpm, host, gpgKey });
for (const name of [...names, 'SHA256SUMS']) console.log(`dist/packages/${name}`);
if (pem !== undefined) console.log(`dist/packages/${await signSums(output, pem)}`);
