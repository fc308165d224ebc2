import { execFileSync, spawnSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeEach, expect, it } from 'vitest';
import { findProgram } from '#scripts/bench/program.ts';
import { makePackages } from '#scripts/build/packages.ts';
import { signSums } from '#scripts/build/sums-signature.ts';
import { oracle, whyMissing } from '../support/oracle.ts';
import { describeUnless } from '../support/unless.ts';
import { NO_MACHINE } from './example-machine.ts';
import { RootMachine } from './root-machine.ts';

const nfpm = process.env['NFPM'] ?? findProgram('nfpm');
const folder = mkdtempSync(join(tmpdir(), 'landfall-signed-'));
const env = { ...process.env, GNUPGHOME: join(folder, 'gnupg'), LC_ALL: 'C' };
afterAll(() => {
  // gpg has started an agent for this folder.
  spawnSync('gpgconf', ['--kill', 'gpg-agent'], { env });
  rmSync(folder, { recursive: true, force: true });
});

/** Packages of stand-ins for the programs: what is signed does not matter here. */
function packaged(gpgKey?: string): string {
  const dist = join(folder, 'dist');
  mkdirSync(dist, { recursive: true });
  for (const name of ['landfall', 'landfall-ops']) {
    writeFileSync(join(dist, name), '#!/bin/sh\necho "$0 $*"\n', { mode: 0o755 });
    writeFileSync(join(dist, `${name}.cdx.json`), '{}\n');
  }
  writeFileSync(join(dist, 'THIRD-PARTY-NOTICES.txt'), 'none\n');
  const output = join(folder, 'packages');
  makePackages({ root: resolve('.'), dist, output, version: '1.0.0', nfpm, host: 'x64', gpgKey });
  return output;
}

it('SHA256SUMS is signed with a key of releases, as the page has it verified with openssl', async () => {
  const output = packaged();
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  writeFileSync(join(output, 'release.pub'), publicKey.export({ format: 'pem', type: 'spki' }));
  const pem = privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
  expect(await signSums(output, pem)).toBe('SHA256SUMS.sig');
  const command = /^ {4}(openssl pkeyutl .*SHA256SUMS)$/m.exec(readFileSync('docs/packages.md', 'utf8'))?.[1];
  const verified = () => spawnSync('sh', ['-c', command ?? 'exit 99'], { cwd: output, encoding: 'utf8' });
  expect(verified()).toMatchObject({ status: 0, stdout: 'Signature Verified Successfully\n' });
  appendFileSync(join(output, 'SHA256SUMS'), '0'.repeat(64));
  expect(verified()).toMatchObject({ status: 1 });
  await expect(signSums(output, 'no key')).rejects.toThrow('it is no unencrypted Ed25519 key in PEM');
});

const NO_GPG = ['gpg', 'ar'].find((program) => findProgram(program) === undefined);
const NO_SIGNING =
  nfpm === undefined ? whyMissing('nfpm') : NO_GPG === undefined ? undefined : `${NO_GPG} is missing`;

const gpg = (...args: readonly string[]): string =>
  execFileSync('gpg', ['--batch', '--quiet', ...args], { env, encoding: 'utf8', stdio: 'pipe' });

describeUnless(NO_SIGNING, 'with a key of GnuPG', () => {
  let output = '';

  beforeEach(() => {
    if (output !== '') return;
    mkdirSync(env.GNUPGHOME, { mode: 0o700 });
    gpg('--passphrase', '', '--quick-gen-key', 'Packages <packages@acme.test>', 'rsa2048', 'sign', 'never');
    writeFileSync(join(folder, 'packages.asc'), gpg('--armor', '--export-secret-keys'));
    writeFileSync(join(folder, 'packages.pub'), gpg('--armor', '--export'));
    output = packaged(join(folder, 'packages.asc'));
  });

  it('the .deb has a signature of all of its parts', () => {
    const deb = join(output, 'landfall-1.0.0-linux-x86_64.deb');
    const part = (name: string): Buffer => execFileSync('ar', ['p', deb, name]);
    const parts = ['debian-binary', 'control.tar.gz', 'data.tar.gz'].map(part);
    writeFileSync(join(folder, 'parts'), Buffer.concat(parts));
    writeFileSync(join(folder, 'origin'), part('_gpgorigin'));
    gpg('--verify', join(folder, 'origin'), join(folder, 'parts'));
    appendFileSync(join(folder, 'parts'), 'x');
    expect(() => gpg('--verify', join(folder, 'origin'), join(folder, 'parts'))).toThrow('BAD signature');
  });

  it('the .rpm is one that rpm knows by the key, and without it not', ({ skip }) => {
    const dnf = oracle('dnf');
    if ('missing' in dnf) skip(dnf.missing);
    else if (NO_MACHINE !== undefined) skip(NO_MACHINE);
    else {
      using machine = new RootMachine(join(dnf.folder, 'root'));
      const rpm = join(output, 'landfall-1.0.0-linux-x86_64.rpm');
      expect(machine.says(`rpm -K ${rpm}`)).toContain('SIGNATURES NOT OK');
      machine.sh(`rpm --import ${join(folder, 'packages.pub')}`);
      expect(machine.says(`rpm -K ${rpm}`)).toBe(`${rpm}: digests signatures OK\n`);
    }
  });
});
